import type * as eventbridge from '@aws-sdk/client-eventbridge';
import { InvalidScheduleExpression, occurrences, parseScheduleExpression } from '../scheduler/schedule-expression';
import type { Occurrences } from '../scheduler/schedule-expression';
import type { SimulationClock, Timer } from '../simulation/clock';
import { ServiceError } from '../wire/service';
import { compileEventPattern } from './event-pattern';
import type { EventMatcher } from './event-pattern';

export interface EventBus {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly rules: Map<string, Rule>;
}

/** What `PutRule` says. */
export interface RuleDefinition {
  readonly name: string;
  readonly arn: string;
  readonly eventPattern?: string;
  readonly scheduleExpression?: string;
  readonly description?: string;
  readonly roleArn?: string;
}

/** A rule: what it matches or when it fires, and its targets. */
export class Rule {
  readonly targets = new Map<string, eventbridge.Target>();
  readonly tags: Record<string, string> = {};
  private current: RuleDefinition;
  private matcher: EventMatcher | undefined;
  private schedule: Occurrences | undefined;
  private timer: Timer | undefined;
  private on = false;

  /** @param fire called at each time of the rule's schedule while it is enabled. */
  constructor(
    private readonly clock: SimulationClock,
    definition: RuleDefinition,
    private readonly fire: (rule: Rule) => void,
  ) {
    this.current = definition;
    this.define(definition);
  }

  get definition(): RuleDefinition {
    return this.current;
  }

  get enabled(): boolean {
    return this.on;
  }

  /** @throws ServiceError as `PutRule` refuses. */
  define(definition: RuleDefinition): void {
    const { eventPattern, scheduleExpression } = definition;
    const matcher = eventPattern === undefined ? undefined : compileEventPattern(eventPattern);
    const schedule = scheduleExpression === undefined ? undefined : ruleSchedule(scheduleExpression, this.clock.now());
    this.current = definition;
    this.matcher = matcher;
    this.schedule = schedule;
    this.setEnabled(this.on);
  }

  setEnabled(enabled: boolean): void {
    this.on = enabled;
    this.timer?.cancel();
    this.timer = undefined;
    if (enabled) this.armNext();
  }

  matches(event: unknown): boolean {
    return this.on && this.matcher !== undefined && this.matcher(event);
  }

  private armNext(): void {
    const next = this.schedule?.after(this.clock.now());
    if (next === undefined) return;
    this.timer = this.clock.at(next, () => {
      this.armNext();
      this.fire(this);
    });
  }
}

function ruleSchedule(expression: string, now: number): Occurrences {
  try {
    const parsed = parseScheduleExpression(expression);
    if (parsed.kind !== 'at') return occurrences(parsed, 'UTC', now);
  } catch (error) {
    if (!(error instanceof InvalidScheduleExpression)) throw error;
  }
  throw new ServiceError('ValidationException', 'Parameter ScheduleExpression is not valid.');
}
