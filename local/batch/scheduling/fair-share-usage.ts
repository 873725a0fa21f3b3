import type { FairsharePolicy } from '@aws-sdk/client-batch';

/** What a share decay time of 0 stands for. */
const SHORTEST_WINDOW_SECONDS = 600;

interface ShareUse {
  /** Submissions that have not ended. */
  open: number;
  runningVcpus: number;
  /** vCPU seconds of the past, faded. */
  past: number;
  /** Up to when `past` is reckoned. */
  at: number;
}

/**
 * How much each share identifier of a queue has had of late. AWS says that it weighs vCPU usage over time with the weight
 * factor, and fades it by the share decay time; the formula is not documented. Here usage fades exponentially with that
 * time, and what runs now counts at once, so that jobs that start together are shared out too.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/job_scheduling.html
 */
export class FairShareUsage {
  private readonly uses = new Map<string, ShareUse>();
  private runningVcpus = 0;

  /** @param maxVcpus what the queue's environments may have together; undefined when one of them does not say. */
  constructor(
    private readonly policy: () => FairsharePolicy | undefined,
    private readonly now: () => number,
    private readonly maxVcpus: () => number | undefined,
  ) {}

  opened(share: string): void {
    this.useOf(share).open++;
  }

  closed(share: string): void {
    this.useOf(share).open--;
  }

  started(share: string, vcpus: number): void {
    this.fade(share).runningVcpus += vcpus;
    this.runningVcpus += vcpus;
  }

  ended(share: string, vcpus: number): void {
    this.fade(share).runningVcpus -= vcpus;
    this.runningVcpus -= vcpus;
  }

  isActive(share: string): boolean {
    return (this.uses.get(share)?.open ?? 0) > 0;
  }

  active(): string[] {
    return [...this.uses.keys()].filter((share) => this.isActive(share));
  }

  /** vCPUs in use, by share, the largest first. */
  running(): [share: string, vcpus: number][] {
    return [...this.uses]
      .map(([share, { runningVcpus }]): [string, number] => [share, runningVcpus])
      .filter(([, vcpus]) => vcpus > 0)
      .sort((a, b) => b[1] - a[1]);
  }

  /** Jobs of the share with the lowest score are next. @param more vCPUs to be counted as if they ran. */
  score(share: string, more = 0): number {
    const { runningVcpus, past } = this.fade(share);
    return this.weight(share) * (past / this.windowSeconds() + runningVcpus + more);
  }

  /** Whether a job of that size leaves what the policy reserves for shares that are not active. */
  leavesReserve(vcpus: number): boolean {
    const reservation = this.policy()?.computeReservation ?? 0;
    const most = this.maxVcpus();
    if (reservation === 0 || most === undefined) return true;
    const reserved = most * (reservation / 100) ** this.active().length;
    return this.runningVcpus + vcpus <= most - reserved;
  }

  private weight(share: string): number {
    const distribution = this.policy()?.shareDistribution ?? [];
    const entry = distribution.find(({ shareIdentifier }) => matches(shareIdentifier!, share));
    const factor = entry?.weightFactor ?? 1;
    // The shares of a prefix divide its weight among them.
    if (!entry?.shareIdentifier?.endsWith('*')) return factor;
    return factor * Math.max(1, this.active().filter((other) => matches(entry.shareIdentifier!, other)).length);
  }

  private windowSeconds(): number {
    return this.policy()?.shareDecaySeconds || SHORTEST_WINDOW_SECONDS;
  }

  private fade(share: string): ShareUse {
    const use = this.useOf(share);
    const window = this.windowSeconds();
    const kept = Math.exp(-(this.now() - use.at) / 1000 / window);
    use.past = use.past * kept + use.runningVcpus * window * (1 - kept);
    use.at = this.now();
    return use;
  }

  private useOf(share: string): ShareUse {
    let use = this.uses.get(share);
    if (!use) {
      use = { open: 0, runningVcpus: 0, past: 0, at: this.now() };
      this.uses.set(share, use);
    }
    return use;
  }
}

/** A share identifier, or a prefix that ends with an asterisk. */
export function matches(pattern: string, share: string): boolean {
  return pattern.endsWith('*') ? share.startsWith(pattern.slice(0, -1)) : share === pattern;
}
