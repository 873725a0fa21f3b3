import { parseFaultPlan } from '../faults/fault-plan';
import { refuseUnknownCalls } from '../faults/known-calls';
import type { LocalAws } from '../local-aws';

export interface ControlAnswer {
  readonly status: number;
  readonly body: object;
}

/** Where the control calls live, apart from every path of AWS. */
export const CONTROL_PREFIX = '/_local/';

const CALLS = 'POST /_local/clock, POST /_local/faults and GET /_local/state';

/** The calls that steer and show the local AWS itself. */
export class Control {
  /** The clock can run for one at a time. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly aws: LocalAws) {}

  async answer(method: string, path: string, body: string): Promise<ControlAnswer> {
    try {
      switch (`${method} ${path}`) {
        case 'POST /_local/clock':
          return { status: 200, body: await this.inTurn(() => this.advance(parseJson(body))) };
        case 'POST /_local/faults':
          this.setFaults(parseJson(body));
          return { status: 200, body: {} };
        case 'GET /_local/state':
          return { status: 200, body: this.aws.state() };
        default:
          return { status: 404, body: { message: `There is no ${method} ${path}; there are ${CALLS}` } };
      }
    } catch (error) {
      if (error instanceof BadControlInput) return { status: 400, body: { message: error.message } };
      throw error;
    }
  }

  private setFaults(document: unknown): void {
    try {
      const plan = parseFaultPlan(document);
      refuseUnknownCalls(plan, this.aws.operations());
      this.aws.setFaults(plan);
    } catch (error) {
      throw new BadControlInput((error as Error).message);
    }
  }

  private async advance(input: unknown): Promise<object> {
    const { advanceSeconds, ...rest } = (typeof input === 'object' && input !== null ? input : {}) as Record<
      string,
      unknown
    >;
    const isDuration = typeof advanceSeconds === 'number' && Number.isFinite(advanceSeconds) && advanceSeconds >= 0;
    if (!isDuration || Object.keys(rest).length > 0) {
      throw new BadControlInput('The body must be {"advanceSeconds": n} with n at least 0');
    }
    if (!this.aws.virtualClock) {
      throw new BadControlInput('The clock is real: only a virtual one (--clock virtual) can be moved');
    }
    await this.aws.virtualClock.advance(advanceSeconds * 1000);
    return { now: new Date(this.aws.clock.now()).toISOString() };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => {});
    return turn;
  }
}

/** What the caller of a control call has to put right. */
class BadControlInput extends Error {}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new BadControlInput(`The body is not JSON: ${(error as Error).message}`);
  }
}
