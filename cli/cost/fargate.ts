import type { PlayedJob } from '../play/play';

/** What jobs took of Fargate, and what that costs where both prices of all that they took are known. */
export interface FargateUse {
  readonly vcpuHours: number;
  readonly gbHours: number;
  readonly dollars?: number;
}

/** Fargate counts seconds, and no less than a minute of each task: https://aws.amazon.com/fargate/pricing/ */
const LEAST_SECONDS = 60;

/**
 * What the attempts of jobs on Fargate took, from start to end; nothing where there were none.
 *
 * @param environments by name those of Fargate, and whether they are of Spot
 * @param given dollars an hour: `fargate-vcpu`, `fargate-gb`, `fargate-spot-vcpu`, `fargate-spot-gb`
 */
export function fargateUse(
  jobs: readonly PlayedJob[],
  environments: ReadonlyMap<string, { readonly spot: boolean }>,
  given: ReadonlyMap<string, number> = new Map(),
): FargateUse | undefined {
  let vcpuHours = 0;
  let gbHours = 0;
  let dollars: number | undefined = 0;
  for (const { environment, attempts, vcpus, memoryMiB, isArray } of jobs) {
    const of = environments.get(environment ?? '');
    if (!of || isArray) continue;
    const hours = attempts.reduce((sum, attempt) => sum + hoursOf(attempt), 0);
    const gb = memoryMiB / 1024;
    vcpuHours += hours * vcpus;
    gbHours += hours * gb;
    const kind = of.spot ? 'fargate-spot' : 'fargate';
    const [vcpuPrice, gbPrice] = [given.get(`${kind}-vcpu`), given.get(`${kind}-gb`)];
    if (vcpuPrice === undefined || gbPrice === undefined) dollars = undefined;
    else if (dollars !== undefined) dollars += hours * (vcpus * vcpuPrice + gb * gbPrice);
  }
  return vcpuHours > 0 ? { vcpuHours, gbHours, ...(dollars !== undefined && { dollars }) } : undefined;
}

function hoursOf({ startedAt, stoppedAt }: PlayedJob['attempts'][number]): number {
  if (startedAt === undefined) return 0;
  return Math.max(LEAST_SECONDS, (stoppedAt - startedAt) / 1000) / 3600;
}
