import type { Duration, Size } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type { IConstruct } from 'constructs';
import type { FailureCause, RuleConfig } from './config';
import { mebibytes } from '../jobs/amounts';
import { checkSeconds, checkWholeNumber, ValidationError } from '../validation/validation-error';

/** Which failures a rule is for; what is given must all hold. */
export interface RetryCondition {
  /**
   * Exit codes of the container, from 0 to 255.
   *
   * @default - any, and none
   */
  readonly exitCodes?: number[];

  /**
   * What the container's reason, or the status reason of the job, is; what it begins with when it ends with an asterisk.
   *
   * @default - any
   */
  readonly reason?: string;
}

/** What follows a failure. */
export interface RetryOptions {
  /**
   * How often a job that fails so is run in all, the first time included; from 1, which is never again, to 100. Failures
   * are counted by rule: those of another do not use these up.
   *
   * @default - 3; 5 after out of memory and interruptions
   */
  readonly attempts?: number;

  /**
   * The longest pause before the first retry; it doubles with each, and the pause is anything up to it. From none to a
   * day.
   *
   * @default - 30 seconds; none after out of memory
   */
  readonly delay?: Duration;

  /**
   * What the pause does not grow beyond; up to a day.
   *
   * @default - an hour, or `delay` where that is more
   */
  readonly maxDelay?: Duration;

  /**
   * By what the memory is multiplied with each retry; from 1 to 16. On Fargate it is then the next size that there is.
   *
   * @default 1
   */
  readonly memoryFactor?: number;

  /**
   * What the memory does not grow beyond. A job that has it already is not retried by a rule with a `memoryFactor`.
   *
   * @default - the most behind the queue; to be given where the library does not know it, as behind imported queues
   */
  readonly maxMemory?: Size;

  /**
   * By what the vCPUs are multiplied with each retry; from 1 to 16.
   *
   * @default 1
   */
  readonly vcpuFactor?: number;

  /**
   * What the vCPUs do not grow beyond.
   *
   * @default - the most behind the queue; to be given where the library does not know it
   */
  readonly maxVcpus?: number;

  /**
   * By what the limit of an attempt is multiplied with each retry, for jobs that have one; from 1 to 16.
   *
   * @default 1
   */
  readonly timeoutFactor?: number;

  /**
   * What the limit of an attempt does not grow beyond; at least a minute.
   *
   * @default - no limit
   */
  readonly maxTimeout?: Duration;

  /**
   * Where the job goes once it has failed so `fallbackAfter` times: On-Demand in place of Spot, say. Of the same kind, EC2
   * or Fargate; its jobs are covered by the same rules.
   *
   * @default - the job stays where it is
   */
  readonly fallbackQueue?: batch.IJobQueue;

  /**
   * After how many such failures; of interruptions those count that AWS Batch itself has retried.
   *
   * @default 1
   */
  readonly fallbackAfter?: number;
}

interface RuleKind extends RetryCondition {
  readonly name: string;
  readonly causes?: FailureCause[];
  readonly attempts: number;
  readonly delaySeconds: number;
}

const MOST_ATTEMPTS = 100;
const DAY = 86_400;
const HOUR = 3600;
const DEFAULTS = { attempts: 3, delaySeconds: 30 };
const LARGEST_FACTOR = 16;

/** What becomes of jobs that fail in one way. Of a list of rules the first that matches holds. */
export class RetryRule {
  /** Containers that were killed for using more memory than they had asked for. */
  static onOutOfMemory(options: RetryOptions = {}): RetryRule {
    const kind = { name: 'out of memory', causes: ['OUT_OF_MEMORY' as const], attempts: 5, delaySeconds: 0 };
    return new RetryRule(kind, options);
  }

  /**
   * Jobs whose instance, or whose Fargate Spot task, was taken away. AWS Batch itself can retry them first, at once and in
   * the same queue: `NativeRetries.INFRASTRUCTURE`.
   */
  static onInterruption(options: RetryOptions = {}): RetryRule {
    return new RetryRule({ ...DEFAULTS, name: 'interruption', causes: ['INTERRUPTION'], attempts: 5 }, options);
  }

  /** Attempts that went beyond their limit, and jobs that JobTimeouts has ended. */
  static onTimeout(options: RetryOptions = {}): RetryRule {
    return new RetryRule({ ...DEFAULTS, name: 'timeout', causes: ['TIMEOUT'] }, options);
  }

  /** Containers that exited with one of some codes. */
  static onExitCode(exitCodes: number[], options: RetryOptions = {}): RetryRule {
    return RetryRule.of({ exitCodes }, options);
  }

  /**
   * Failures with a reason.
   *
   * @param reason of the container or of the job's status; with an asterisk at its end what it begins with
   * @param options what follows
   */
  static onReason(reason: string, options: RetryOptions = {}): RetryRule {
    return RetryRule.of({ reason }, options);
  }

  /** Whatever a job did itself: any exit code, out of memory, a container that could not be started. */
  static onFailure(options: RetryOptions = {}): RetryRule {
    return new RetryRule({ ...DEFAULTS, name: 'failure', causes: ['FAILURE', 'OUT_OF_MEMORY'] }, options);
  }

  /** Failures by a condition, whatever their cause. */
  static of(condition: RetryCondition, options: RetryOptions = {}): RetryRule {
    const parts = [
      ...(condition.exitCodes === undefined ? [] : [`exit code ${condition.exitCodes.join(', ')}`]),
      ...(condition.reason === undefined ? [] : [`reason ${condition.reason}`]),
    ];
    return new RetryRule({ ...DEFAULTS, ...condition, name: parts.join(' and ') || 'any' }, options);
  }

  private constructor(
    private readonly kind: RuleKind,
    private readonly options: RetryOptions,
  ) {}

  /** @internal */
  get _name(): string {
    return this.kind.name;
  }

  /** @internal */
  get _fallbackQueue(): batch.IJobQueue | undefined {
    return this.options.fallbackQueue;
  }

  /**
   * What the rule lets grow without saying how far.
   *
   * @internal
   */
  _unlimited(): ('maxMemory' | 'maxVcpus')[] {
    const { memoryFactor = 1, maxMemory, vcpuFactor = 1, maxVcpus } = this.options;
    return [
      ...(memoryFactor > 1 && maxMemory === undefined ? ['maxMemory' as const] : []),
      ...(vcpuFactor > 1 && maxVcpus === undefined ? ['maxVcpus' as const] : []),
    ];
  }

  /**
   * @throws ValidationError
   * @internal
   */
  _render(scope: IConstruct, property: string): RuleConfig {
    const { kind, options } = this;
    this.check(scope, property);
    const delaySeconds = options.delay?.toSeconds() ?? kind.delaySeconds;
    return {
      name: kind.name,
      on: {
        ...(kind.causes && { causes: kind.causes }),
        ...(kind.exitCodes && { exitCodes: kind.exitCodes }),
        ...(kind.reason !== undefined && { reason: kind.reason }),
      },
      attempts: options.attempts ?? kind.attempts,
      delaySeconds,
      maxDelaySeconds: options.maxDelay?.toSeconds() ?? Math.max(HOUR, delaySeconds),
      memoryFactor: options.memoryFactor,
      maxMemoryMiB: options.maxMemory && mebibytes(scope, `${property}.maxMemory`, options.maxMemory, 4),
      vcpuFactor: options.vcpuFactor,
      maxVcpus: options.maxVcpus,
      timeoutFactor: options.timeoutFactor,
      maxTimeoutSeconds: options.maxTimeout?.toSeconds(),
      fallbackQueueArn: options.fallbackQueue?.jobQueueArn,
      fallbackAfter: options.fallbackAfter,
    };
  }

  private check(scope: IConstruct, property: string): void {
    const { kind, options } = this;
    const { exitCodes, reason } = kind;
    exitCodes?.forEach((code, index) =>
      checkWholeNumber(scope, `${property}.exitCodes[${index}]`, code, { min: 0, max: 255 }),
    );
    if (exitCodes?.length === 0) {
      throw new ValidationError(scope, { property: `${property}.exitCodes`, value: 'empty', allowed: 'at least one' });
    }
    if (reason !== undefined && !Token.isUnresolved(reason) && !/^[^*]*\*?$/.test(reason)) {
      const allowed = 'text with an asterisk at most as its last character';
      throw new ValidationError(scope, { property: `${property}.reason`, value: JSON.stringify(reason), allowed });
    }
    checkWholeNumber(scope, `${property}.attempts`, options.attempts, { min: 1, max: MOST_ATTEMPTS });
    checkSeconds(scope, `${property}.delay`, options.delay, { min: 0, max: DAY });
    const shortest = options.delay === undefined || options.delay.isUnresolved() ? 0 : options.delay.toSeconds();
    checkSeconds(scope, `${property}.maxDelay`, options.maxDelay, { min: shortest, max: DAY });
    for (const factor of ['memoryFactor', 'vcpuFactor', 'timeoutFactor'] as const) {
      checkFactor(scope, `${property}.${factor}`, options[factor]);
    }
    checkWholeNumber(scope, `${property}.maxVcpus`, options.maxVcpus, { min: 1 });
    checkSeconds(scope, `${property}.maxTimeout`, options.maxTimeout, { min: 60 });
    checkWholeNumber(scope, `${property}.fallbackAfter`, options.fallbackAfter, { min: 1, max: MOST_ATTEMPTS });
    if (options.fallbackAfter !== undefined && options.fallbackQueue === undefined) {
      const allowed = 'given where fallbackAfter is';
      throw new ValidationError(scope, { property: `${property}.fallbackQueue`, value: undefined, allowed });
    }
  }
}

function checkFactor(scope: IConstruct, property: string, factor: number | undefined): void {
  if (factor === undefined || Token.isUnresolved(factor) || (factor >= 1 && factor <= LARGEST_FACTOR)) return;
  throw new ValidationError(scope, { property, value: factor, allowed: `a number from 1 to ${LARGEST_FACTOR}` });
}
