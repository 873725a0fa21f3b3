import type { SimulationClock } from '../simulation/clock';
import { sendToDeadLetters, sendToDestination } from './destinations';
import type { DestinationPorts, InvocationRecord } from './destinations';
import type { Outcome } from './execution-environment';
import type { LambdaFunction } from './lambda-function';

/** How a function's asynchronous invocations are retried and where their outcomes go. */
export interface EventInvokeConfig {
  /** 0–2 */
  readonly maximumRetryAttempts: number;
  /** 60–21,600 */
  readonly maximumEventAgeSeconds: number;
  readonly onSuccessArn?: string;
  readonly onFailureArn?: string;
}

export const DEFAULT_EVENT_INVOKE_CONFIG: EventInvokeConfig = {
  maximumRetryAttempts: 2,
  maximumEventAgeSeconds: 21_600,
};

/** After function errors: one minute, then two. */
const RETRY_SECONDS = [60, 120];
/** Throttled events go back to the queue for a second at first, then up to five minutes. */
const LONGEST_THROTTLE_SECONDS = 300;

interface QueuedEvent {
  readonly target: LambdaFunction;
  readonly config: () => EventInvokeConfig;
  readonly event: unknown;
  readonly requestId: string;
  readonly queuedAt: number;
  /** Invocations that ran. */
  attempts: number;
  throttles: number;
  lastFailure?: Outcome & { status: 'failed' };
}

/**
 * Lambda's internal queue of events.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class AsynchronousInvocations {
  constructor(
    private readonly clock: SimulationClock,
    private readonly destinations: DestinationPorts,
  ) {}

  /** @param config read at each attempt, so that changes apply to what is queued. */
  enqueue(target: LambdaFunction, config: () => EventInvokeConfig, event: unknown, requestId: string): void {
    const queued: QueuedEvent = {
      target,
      config,
      event,
      requestId,
      queuedAt: this.clock.now(),
      attempts: 0,
      throttles: 0,
    };
    this.clock.after(0, () => this.start(queued));
  }

  private start(queued: QueuedEvent): void {
    void this.attempt(queued);
  }

  private async attempt(queued: QueuedEvent): Promise<void> {
    const { target, config, event, requestId } = queued;
    const outcome = await target.run(event, requestId);
    if (outcome.status === 'throttled') {
      const delay = Math.min(2 ** queued.throttles++, LONGEST_THROTTLE_SECONDS);
      return this.retryOrExpire(queued, delay);
    }
    queued.attempts++;
    const { maximumRetryAttempts, onSuccessArn } = config();
    if (outcome.status === 'succeeded') {
      if (onSuccessArn !== undefined) this.report(queued, onSuccessArn, 'Success', outcome);
      return;
    }
    queued.lastFailure = outcome;
    if (queued.attempts > maximumRetryAttempts) this.giveUp(queued, 'RetriesExhausted');
    else this.retryOrExpire(queued, RETRY_SECONDS[queued.attempts - 1]!);
  }

  private retryOrExpire(queued: QueuedEvent, delaySeconds: number): void {
    const expiry = queued.queuedAt + queued.config().maximumEventAgeSeconds * 1000;
    if (this.clock.now() + delaySeconds * 1000 >= expiry) {
      this.clock.at(expiry, () => this.giveUp(queued, 'EventAgeExceeded'));
    } else {
      this.clock.after(delaySeconds * 1000, () => this.start(queued));
    }
  }

  private giveUp(queued: QueuedEvent, condition: 'RetriesExhausted' | 'EventAgeExceeded'): void {
    const { onFailureArn } = queued.config();
    if (onFailureArn !== undefined) this.report(queued, onFailureArn, condition, queued.lastFailure);
    const { roleArn, deadLetterTargetArn } = queued.target.configuration;
    if (deadLetterTargetArn !== undefined) {
      sendToDeadLetters(this.destinations, roleArn, deadLetterTargetArn, queued.event, {
        requestId: queued.requestId,
        errorCode: queued.lastFailure === undefined ? 429 : 200,
        errorMessage: queued.lastFailure?.error ?? 'Rate Exceeded.',
      });
    }
  }

  private report(
    { target, event, requestId, attempts }: QueuedEvent,
    destinationArn: string,
    condition: InvocationRecord['requestContext']['condition'],
    outcome: Outcome | undefined,
  ): void {
    const failed = outcome?.status === 'failed';
    sendToDestination(this.destinations, target.configuration.roleArn, destinationArn, {
      version: '1.0',
      timestamp: new Date(this.clock.now()).toISOString(),
      requestContext: {
        requestId,
        functionArn: `${target.configuration.arn}:$LATEST`,
        condition,
        approximateInvokeCount: attempts,
      },
      requestPayload: event,
      ...(outcome && {
        responseContext: {
          statusCode: 200,
          executedVersion: '$LATEST',
          ...(failed && { functionError: 'Unhandled' }),
        },
        responsePayload: outcome.status === 'failed' ? errorPayload(outcome) : outcome.result,
      }),
    });
  }
}

/** What a function that failed answers. */
export function errorPayload({ errorType, error, trace }: Outcome & { status: 'failed' }): object {
  return { errorType, errorMessage: error, trace };
}
