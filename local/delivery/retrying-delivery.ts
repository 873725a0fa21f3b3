import type { MessageSender } from '../ports';
import type { SimulationClock } from '../simulation/clock';
import type { Random } from '../simulation/random';
import { ServiceError } from '../wire/service';

/** When a delivery is given up, and where what was not delivered goes. */
export interface DeliveryPolicy {
  /** 0–185 */
  readonly maximumRetryAttempts: number;
  /** 60–86,400 */
  readonly maximumEventAgeSeconds: number;
  readonly deadLetterArn?: string;
}

export const DEFAULT_DELIVERY_POLICY = { maximumRetryAttempts: 185, maximumEventAgeSeconds: 86_400 };

export interface Delivery {
  readonly policy: DeliveryPolicy;
  /** Throws, or rejects with, a ServiceError when the target refuses. */
  readonly attempt: () => void | Promise<void>;
  /** What goes to the dead-letter queue. */
  readonly body: string;
  /** Message attributes for the dead-letter queue beside those about the error. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Told when it is given up. */
  readonly onFailure?: () => void;
}

const LONGEST_DELAY_SECONDS = 512;

/**
 * Delivers to targets as EventBridge rules and EventBridge Scheduler do: again and again, with exponential backoff and
 * jitter, unless the target's answer says that it is of no use.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
export class RetryingDelivery {
  constructor(
    private readonly clock: SimulationClock,
    private readonly random: Random,
    private readonly queues: MessageSender,
  ) {}

  /** Resolves once the first attempt has been made; later ones follow on the clock. */
  deliver(delivery: Delivery): Promise<void> {
    return this.attempt(delivery, this.clock.now(), 0);
  }

  private async attempt(delivery: Delivery, startedAt: number, retries: number): Promise<void> {
    try {
      await delivery.attempt();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      this.failed(delivery, startedAt, retries, error);
    }
  }

  private failed(delivery: Delivery, startedAt: number, retries: number, error: ServiceError): void {
    const { maximumRetryAttempts, maximumEventAgeSeconds } = delivery.policy;
    if (!isRetryable(error)) return this.giveUp(delivery, retries, error);
    if (retries >= maximumRetryAttempts) return this.giveUp(delivery, retries, error, 'MaximumRetryAttempts');
    const delaySeconds = Math.min(2 ** retries, LONGEST_DELAY_SECONDS) * (0.5 + this.random.next() / 2);
    const at = this.clock.now() + Math.round(delaySeconds * 1000);
    if (at > startedAt + maximumEventAgeSeconds * 1000) {
      return this.giveUp(delivery, retries, error, 'MaximumEventAgeInSeconds');
    }
    this.clock.at(at, () => void this.attempt(delivery, startedAt, retries + 1));
  }

  private giveUp(delivery: Delivery, retries: number, error: ServiceError, exhausted?: string): void {
    delivery.onFailure?.();
    const { deadLetterArn } = delivery.policy;
    if (deadLetterArn === undefined) return;
    const attributes = {
      ...delivery.attributes,
      ERROR_CODE: error.code,
      ERROR_MESSAGE: error.message,
      RETRY_ATTEMPTS: String(retries),
      ...(exhausted !== undefined && { EXHAUSTED_RETRY_CONDITION: exhausted }),
    };
    try {
      this.queues.send(deadLetterArn, delivery.body, { attributes });
    } catch (refusal) {
      // As on AWS, what the dead-letter queue does not take either is gone.
      if (!(refusal instanceof ServiceError)) throw refusal;
    }
  }
}

/** Throttling and the target's own failures pass; a target that is not there, or refuses the input, stays so. */
function isRetryable({ status, code }: ServiceError): boolean {
  return status >= 500 || status === 429 || /Throttl|TooManyRequests|RequestLimitExceeded/.test(code);
}
