import { errorFields, type Log } from './log';

/** Does things of which each may fail without keeping the others from being done. The next tick repeats what is due. */
export class Attempts {
  readonly failures: unknown[] = [];

  /** @param timeIsLeft asked before each: what is begun in the last moments of an invocation would be cut off */
  constructor(
    private readonly log: Log,
    readonly timeIsLeft: () => boolean,
  ) {}

  async attempt(action: string, fields: object, todo: () => Promise<void>): Promise<void> {
    if (!this.timeIsLeft()) return;
    try {
      await todo();
    } catch (error) {
      this.failed(action, fields, error);
    }
  }

  /** @param next what makes up for what failed */
  throwFailures(next: string): void {
    if (this.failures.length === 0) return;
    const message = `${this.failures.length} steps failed and are left to the next ${next}`;
    throw new AggregateError(this.failures, message);
  }

  failed(action: string, fields: object, error: unknown): void {
    this.failures.push(error);
    this.log.error(`${action} failed`, { ...fields, ...errorFields(error) });
  }
}
