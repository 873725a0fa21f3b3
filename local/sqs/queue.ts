import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SimulationClock, Timer } from '../simulation/clock';
import type { Random } from '../simulation/random';
import type { QueueSettings } from './queue-attributes';

const DEDUPLICATION_MILLISECONDS = 5 * 60_000;

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly senderId: string;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly sequence: number;
  /** The queue that it was moved here from. */
  readonly deadLetterSource?: string;
  receiveCount: number;
  firstReceivedAt?: number;
  /** Of the last time it was received; earlier ones no longer work on a FIFO queue. */
  receiptHandle?: string;
}

export type NewMessage = Pick<Message, 'body' | 'attributes' | 'senderId' | 'groupId' | 'deduplicationId'> & {
  readonly delaySeconds?: number;
};

/** The messages of one queue: delayed, visible, or in flight. */
export class Queue {
  private readonly visible = new Map<string, Message>();
  private readonly delayed = new Map<string, { message: Message; timer: Timer }>();
  private readonly inFlight = new Map<string, { message: Message; timer: Timer }>();
  private readonly listeners = new Set<() => void>();
  private readonly deduplicated = new Map<string, { message: Message; until: number }>();
  private expiry: Timer | undefined;
  private sequence = 0;

  /**
   * @param onChange told whenever the counts may have changed
   * @param moveToDeadLetters takes a message that was received too often; false when there is nowhere to move it
   */
  constructor(
    private readonly clock: SimulationClock,
    private readonly random: Random,
    readonly settings: () => QueueSettings,
    private readonly onChange: () => void,
    private readonly moveToDeadLetters: (message: Message, targetArn: string) => boolean,
  ) {}

  send(message: NewMessage): Message {
    const { fifo, delaySeconds } = this.settings();
    const now = this.clock.now();
    const earlier = fifo ? this.duplicateOf(message.deduplicationId!) : undefined;
    if (earlier !== undefined) return earlier;
    const { delaySeconds: ownDelay, ...content } = message;
    const sent: Message = {
      ...content,
      id: this.random.uuid(),
      sentAt: now,
      sequence: ++this.sequence,
      receiveCount: 0,
    };
    if (fifo)
      this.deduplicated.set(message.deduplicationId!, { message: sent, until: now + DEDUPLICATION_MILLISECONDS });
    this.add(sent, fifo ? delaySeconds : (ownDelay ?? delaySeconds));
    return sent;
  }

  /** Takes in a message of another queue; it keeps its id and, as on AWS, its age. */
  adopt(message: Message, sourceArn: string): void {
    const { firstReceivedAt: _first, receiptHandle: _handle, ...content } = message;
    this.add({ ...content, sequence: ++this.sequence, receiveCount: 0, deadLetterSource: sourceArn }, 0);
  }

  /** Makes up to `maximum` messages invisible and returns them. */
  receive(maximum: number, visibilitySeconds: number = this.settings().visibilityTimeout): Message[] {
    const { redrive, fifo } = this.settings();
    const busyGroups = fifo ? this.groupsInFlight() : undefined;
    const received: Message[] = [];
    for (const message of this.visible.values()) {
      if (received.length === maximum) break;
      if (message.groupId !== undefined && busyGroups?.has(message.groupId)) continue;
      this.visible.delete(message.id);
      const exhausted = redrive !== undefined && message.receiveCount >= redrive.maxReceiveCount;
      if (exhausted && this.moveToDeadLetters(message, redrive.deadLetterTargetArn)) {
        this.onChange();
        continue;
      }
      message.receiveCount++;
      message.firstReceivedAt ??= this.clock.now();
      message.receiptHandle = `${message.id}:${this.random.hex(32)}`;
      received.push(message);
    }
    for (const message of received) {
      if (visibilitySeconds > 0) this.hide(message, visibilitySeconds);
      else this.reappear(message);
    }
    return received;
  }

  /** Deletes the message that was received under this handle; deleting twice is no error. */
  delete(receiptHandle: string): void {
    const id = messageIdOf(receiptHandle);
    const flying = this.inFlight.get(id);
    if (flying !== undefined) {
      flying.timer.cancel();
      this.inFlight.delete(id);
      // The next message of its group may come now.
      if (flying.message.groupId !== undefined && this.visible.size > 0) this.announce();
    } else {
      this.visible.delete(id);
    }
    this.onChange();
  }

  /** @returns false when the message is not in flight. */
  changeVisibility(receiptHandle: string, seconds: number): boolean {
    const flying = this.inFlight.get(messageIdOf(receiptHandle));
    if (flying === undefined) return false;
    flying.timer.cancel();
    if (seconds > 0) this.hide(flying.message, seconds);
    else this.reappear(flying.message);
    return true;
  }

  purge(): void {
    for (const { timer } of [...this.delayed.values(), ...this.inFlight.values()]) timer.cancel();
    this.delayed.clear();
    this.inFlight.clear();
    this.visible.clear();
    this.expiry?.cancel();
    this.expiry = undefined;
    this.onChange();
  }

  counts(): { visible: number; inFlight: number; delayed: number } {
    return { visible: this.visible.size, inFlight: this.inFlight.size, delayed: this.delayed.size };
  }

  /** Seconds that the oldest message which is not delayed has been in the queue; 0 when there is none. */
  ageOfOldest(): number {
    let oldest = this.clock.now();
    for (const message of this.visible.values()) oldest = Math.min(oldest, message.sentAt);
    for (const { message } of this.inFlight.values()) oldest = Math.min(oldest, message.sentAt);
    return (this.clock.now() - oldest) / 1000;
  }

  /** Told whenever there may be something to receive that was not there before. @returns how to stop. */
  onVisible(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private add(message: Message, delaySeconds: number): void {
    if (delaySeconds > 0) {
      const timer = this.clock.after(delaySeconds * 1000, () => {
        this.delayed.delete(message.id);
        this.show(message);
      });
      this.delayed.set(message.id, { message, timer });
      this.onChange();
    } else {
      this.show(message);
    }
    this.expiry ??= this.armExpiry(message.sentAt);
  }

  private show(message: Message): void {
    this.visible.set(message.id, message);
    this.onChange();
    this.announce();
  }

  private hide(message: Message, seconds: number): void {
    const timer = this.clock.after(seconds * 1000, () => this.reappear(message));
    this.inFlight.set(message.id, { message, timer });
    this.onChange();
  }

  private reappear(message: Message): void {
    this.inFlight.delete(message.id);
    if (this.settings().fifo) {
      const others = [...this.visible.values(), message].sort((a, b) => a.sequence - b.sequence);
      this.visible.clear();
      for (const other of others) this.visible.set(other.id, other);
      this.onChange();
      this.announce();
    } else {
      this.show(message);
    }
  }

  private announce(): void {
    for (const listener of [...this.listeners]) listener();
  }

  private groupsInFlight(): Set<string> {
    return new Set([...this.inFlight.values()].map(({ message }) => message.groupId!));
  }

  private duplicateOf(deduplicationId: string): Message | undefined {
    const now = this.clock.now();
    for (const [id, { until }] of this.deduplicated) {
      if (until > now) break;
      this.deduplicated.delete(id);
    }
    return this.deduplicated.get(deduplicationId)?.message;
  }

  /** One timer for the whole queue: at the time the oldest message may expire. */
  private armExpiry(oldestSentAt: number): Timer {
    return this.clock.at(oldestSentAt + this.settings().retentionPeriod * 1000, () => {
      this.expiry = undefined;
      const limit = this.clock.now() - this.settings().retentionPeriod * 1000;
      let oldest = Infinity;
      const expired = (message: Message): boolean => {
        if (message.sentAt <= limit) return true;
        oldest = Math.min(oldest, message.sentAt);
        return false;
      };
      for (const message of this.visible.values()) if (expired(message)) this.visible.delete(message.id);
      for (const waiting of [this.delayed, this.inFlight]) {
        for (const { message, timer } of waiting.values()) {
          if (!expired(message)) continue;
          timer.cancel();
          waiting.delete(message.id);
        }
      }
      this.onChange();
      if (oldest < Infinity) this.expiry = this.armExpiry(oldest);
    });
  }
}

function messageIdOf(receiptHandle: string): string {
  return receiptHandle.slice(0, receiptHandle.indexOf(':'));
}
