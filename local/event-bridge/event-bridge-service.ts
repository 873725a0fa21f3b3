import * as eventbridge from '@aws-sdk/client-eventbridge';
import type { EventFaults, MetricSink } from '../ports';
import type { Service } from '../wire/service';
import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { EventSink, World } from '../world';
import { Rule } from './event-bus';
import type { EventBus, RuleDefinition } from './event-bus';
import { eventTime } from './event';
import type { BusEvent } from './event';
import { compileEventPattern } from './event-pattern';
import { acceptEntry, entriesSize } from './put-events';
import { RetryingDelivery } from '../delivery/retrying-delivery';
import { inputOf, policyOf, sendToTarget, serviceOf, validateTarget } from './targets';
import type { TargetPorts } from './targets';

const ENTRIES_BYTES = 1_048_576;
/** How many of the last events are kept to be looked at. */
const RECENT_EVENTS = 1000;

export interface EventBridgePorts extends TargetPorts {
  readonly faults: EventFaults;
  readonly metrics: MetricSink;
}

/** Amazon EventBridge: event buses and their rules. */
export class EventBridgeService implements EventSink {
  readonly api: Service;
  private readonly buses = new Map<string, EventBus>();
  private readonly deliveries: RetryingDelivery;
  private readonly random;
  /** JSON documents. */
  private readonly recent: string[] = [];

  /** @param world everything but the event sink, which this is. */
  constructor(
    private readonly world: Omit<World, 'events'>,
    private readonly ports: EventBridgePorts,
  ) {
    this.random = world.random.fork();
    this.deliveries = new RetryingDelivery(world.clock, this.random.fork(), ports.queues);
    this.addBus('default');
    this.api = {
      signingName: 'events',
      protocol: 'json1.1',
      sdk: eventbridge,
      operations: { ...this.busOperations(), ...this.ruleOperations(), ...this.targetOperations() },
    };
  }

  publish(event: { source: string; detailType: string; resources: string[]; detail: object }): void {
    this.put(this.buses.get('default')!, this.envelope(event, this.world.clock.now()));
  }

  /** The last events of all buses, oldest first. */
  recentEvents(): readonly BusEvent[] {
    return this.recent.map((text) => JSON.parse(text) as BusEvent);
  }

  private envelope(
    event: { source: string; detailType: string; resources: string[]; detail: object },
    at: number,
  ): BusEvent {
    const { source, detailType, resources, detail } = event;
    return {
      version: '0',
      id: this.random.uuid(),
      'detail-type': detailType,
      source,
      account: this.world.accountId,
      time: eventTime(at),
      region: this.world.region,
      resources,
      detail,
    };
  }

  private put(bus: EventBus, published: BusEvent): void {
    // Whoever published it may go on changing what it describes; as text it is kept at a third of a clone's cost.
    const text = JSON.stringify(published);
    if (this.recent.push(text) > RECENT_EVENTS) this.recent.shift();
    const matching = [...bus.rules.values()].filter((rule) => rule.matches(published));
    if (matching.length === 0) return;
    const event = JSON.parse(text) as BusEvent;
    for (const rule of matching) this.dispatch(rule, event);
  }

  private dispatch(rule: Rule, event: BusEvent): void {
    for (const target of rule.targets.values()) {
      for (const lateness of this.ports.faults.deliveries(event['detail-type'])) {
        const delay = this.world.settings.eventLatencyMilliseconds + lateness;
        this.world.clock.after(delay, () => void this.deliver(rule.definition, target, event));
      }
    }
  }

  private deliver(rule: RuleDefinition, target: eventbridge.Target, event: BusEvent): Promise<void> {
    const ingestionTime = eventTime(this.world.clock.now());
    const input = inputOf(target, event, rule, ingestionTime);
    return this.deliveries.deliver({
      policy: policyOf(target),
      attempt: () => {
        if (serviceOf(target.Arn!) === 'events') this.forward(target.Arn!, event);
        else sendToTarget(this.ports, target, input, event.id);
      },
      body: JSON.stringify(event),
      attributes: { RULE_ARN: rule.arn, TARGET_ARN: target.Arn! },
      onFailure: () => this.ports.metrics.record('AWS/Events', 'FailedInvocations', { RuleName: rule.name }, 1),
    });
  }

  private forward(busArn: string, event: BusEvent): void {
    this.put(this.bus(busArn), event);
  }

  private addBus(name: string, description?: string): EventBus {
    const bus = {
      name,
      description,
      arn: arn(this.world, 'events', `event-bus/${name}`),
      rules: new Map<string, Rule>(),
    };
    this.buses.set(name, bus);
    return bus;
  }

  private bus(nameOrArn = 'default'): EventBus {
    const name = nameOrArn.replace(/^.*event-bus\//, '');
    const bus = this.buses.get(name);
    if (bus === undefined) throw notFound(`Event bus ${name} does not exist.`);
    return bus;
  }

  private rule(name: string | undefined, busName: string | undefined): Rule {
    const bus = this.bus(busName);
    const rule = bus.rules.get(name ?? '');
    if (rule === undefined) throw notFound(`Rule ${name} does not exist on EventBus ${bus.name}.`);
    return rule;
  }

  private busOperations(): Service['operations'] {
    return {
      CreateEventBus: ({
        Name,
        Description,
      }: eventbridge.CreateEventBusRequest): eventbridge.CreateEventBusResponse => {
        if (this.buses.has(Name!)) {
          throw new ServiceError('ResourceAlreadyExistsException', `Event bus ${Name} already exists.`);
        }
        return { EventBusArn: this.addBus(Name!, Description).arn, Description };
      },
      DeleteEventBus: ({ Name }: eventbridge.DeleteEventBusRequest) => {
        if (Name === 'default') throw invalid('Cannot delete event bus default.');
        if ((this.buses.get(Name!)?.rules.size ?? 0) > 0)
          throw invalid("Event bus can't be deleted since it has rules.");
        this.buses.delete(Name!);
      },
      DescribeEventBus: ({ Name }: eventbridge.DescribeEventBusRequest): eventbridge.DescribeEventBusResponse => {
        const { name, arn: Arn, description } = this.bus(Name);
        return { Name: name, Arn, Description: description };
      },
      ListEventBuses: ({ NamePrefix = '' }: eventbridge.ListEventBusesRequest): eventbridge.ListEventBusesResponse => ({
        EventBuses: [...this.buses.values()]
          .filter(({ name }) => name.startsWith(NamePrefix))
          .map(({ name, arn: Arn }) => ({ Name: name, Arn })),
      }),
      PutEvents: ({ Entries = [] }: eventbridge.PutEventsRequest): eventbridge.PutEventsResponse => {
        if (entriesSize(Entries) > ENTRIES_BYTES) {
          throw invalid('Total size of the entries in the request is over the limit.');
        }
        const answers = Entries.map((entry) => this.putEntry(entry));
        return {
          Entries: answers,
          FailedEntryCount: answers.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
        };
      },
      TestEventPattern: (input: eventbridge.TestEventPatternRequest): eventbridge.TestEventPatternResponse => {
        const matches = compileEventPattern(input.EventPattern!);
        try {
          return { Result: matches(JSON.parse(input.Event!)) };
        } catch {
          throw invalid('Parameter Event is not valid.');
        }
      },
    };
  }

  private putEntry(entry: eventbridge.PutEventsRequestEntry): eventbridge.PutEventsResultEntry {
    const accepted = acceptEntry(entry);
    if ('ErrorCode' in accepted) return accepted;
    const event = this.envelope(accepted, entry.Time?.getTime() ?? this.world.clock.now());
    // Events for a bus that does not exist are accepted, and gone.
    const bus = this.buses.get((entry.EventBusName ?? 'default').replace(/^.*event-bus\//, ''));
    if (bus !== undefined) this.put(bus, event);
    return { EventId: event.id };
  }

  private ruleOperations(): Service['operations'] {
    type Named = { Name: string | undefined; EventBusName?: string };
    return {
      PutRule: (input: eventbridge.PutRuleRequest) => this.putRule(input),
      DeleteRule: ({ Name, EventBusName }: eventbridge.DeleteRuleRequest) => {
        const { rules } = this.bus(EventBusName);
        const rule = rules.get(Name!);
        if (rule === undefined) return;
        if (rule.targets.size > 0) throw invalid("Rule can't be deleted since it has targets.");
        rule.setEnabled(false);
        rules.delete(Name!);
      },
      DescribeRule: ({ Name, EventBusName }: Named) => this.describeRule(this.rule(Name, EventBusName), EventBusName),
      ListRules: (input: eventbridge.ListRulesRequest): eventbridge.ListRulesResponse => {
        const { NamePrefix = '', EventBusName } = input;
        const rules = [...this.bus(EventBusName).rules.values()].filter((r) =>
          r.definition.name.startsWith(NamePrefix),
        );
        return { Rules: rules.map((rule) => this.describeRule(rule, EventBusName)) };
      },
      EnableRule: ({ Name, EventBusName }: Named) => this.rule(Name, EventBusName).setEnabled(true),
      DisableRule: ({ Name, EventBusName }: Named) => this.rule(Name, EventBusName).setEnabled(false),
      TagResource: ({ ResourceARN, Tags = [] }: eventbridge.TagResourceRequest) => {
        const { tags } = this.ruleByArn(ResourceARN);
        for (const { Key, Value } of Tags) tags[Key!] = Value!;
      },
      UntagResource: ({ ResourceARN, TagKeys = [] }: eventbridge.UntagResourceRequest) => {
        for (const key of TagKeys) delete this.ruleByArn(ResourceARN).tags[key];
      },
      ListTagsForResource: ({ ResourceARN }: eventbridge.ListTagsForResourceRequest) => ({
        Tags: Object.entries(this.ruleByArn(ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    };
  }

  private putRule(input: eventbridge.PutRuleRequest): eventbridge.PutRuleResponse {
    const { Name = '', EventPattern, ScheduleExpression, State = 'ENABLED' } = input;
    const bus = this.bus(input.EventBusName);
    if (EventPattern === undefined && ScheduleExpression === undefined) {
      throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
    }
    if (ScheduleExpression !== undefined && bus.name !== 'default') {
      throw invalid('ScheduleExpression is supported only on the default event bus.');
    }
    const path = bus.name === 'default' ? Name : `${bus.name}/${Name}`;
    const definition: RuleDefinition = {
      name: Name,
      arn: arn(this.world, 'events', `rule/${path}`),
      eventPattern: EventPattern,
      scheduleExpression: ScheduleExpression,
      description: input.Description,
      roleArn: input.RoleArn,
    };
    let rule = bus.rules.get(Name);
    if (rule === undefined) {
      rule = new Rule(this.world.clock, definition, (due) => this.fire(due));
      bus.rules.set(Name, rule);
      for (const { Key, Value } of input.Tags ?? []) rule.tags[Key!] = Value!;
    } else {
      rule.define(definition);
    }
    rule.setEnabled(State !== 'DISABLED');
    return { RuleArn: definition.arn };
  }

  private fire(rule: Rule): void {
    const event = this.envelope(
      { source: 'aws.events', detailType: 'Scheduled Event', resources: [rule.definition.arn], detail: {} },
      this.world.clock.now(),
    );
    this.dispatch(rule, event);
  }

  private describeRule({ definition, enabled }: Rule, busName: string | undefined): eventbridge.DescribeRuleResponse {
    return {
      Name: definition.name,
      Arn: definition.arn,
      EventPattern: definition.eventPattern,
      ScheduleExpression: definition.scheduleExpression,
      Description: definition.description,
      RoleArn: definition.roleArn,
      State: enabled ? 'ENABLED' : 'DISABLED',
      EventBusName: this.bus(busName).name,
    };
  }

  private ruleByArn(ruleArn: string | undefined): Rule {
    const [name, bus] = (ruleArn ?? '')
      .replace(/^.*:rule\//, '')
      .split('/')
      .reverse();
    return this.rule(name, bus);
  }

  private targetOperations(): Service['operations'] {
    return {
      PutTargets: (input: eventbridge.PutTargetsRequest): eventbridge.PutTargetsResponse => {
        const { targets } = this.rule(input.Rule, input.EventBusName);
        const given = input.Targets ?? [];
        for (const target of given) validateTarget(target);
        if (new Set([...targets.keys(), ...given.map(({ Id }) => Id!)]).size > 5) {
          throw new ServiceError(
            'LimitExceededException',
            'The requested resource exceeds the maximum number allowed.',
          );
        }
        for (const target of given) targets.set(target.Id!, target);
        return { FailedEntryCount: 0, FailedEntries: [] };
      },
      RemoveTargets: (input: eventbridge.RemoveTargetsRequest): eventbridge.RemoveTargetsResponse => {
        const { targets } = this.rule(input.Rule, input.EventBusName);
        const missing = (input.Ids ?? []).filter((id) => !targets.delete(id));
        return {
          FailedEntryCount: missing.length,
          FailedEntries: missing.map((TargetId) => ({
            TargetId,
            ErrorCode: 'ResourceNotFoundException',
            ErrorMessage: `Target(s) ${TargetId} do not exist on the rule: ${input.Rule}.`,
          })),
        };
      },
      ListTargetsByRule: (input: eventbridge.ListTargetsByRuleRequest): eventbridge.ListTargetsByRuleResponse => ({
        Targets: [...this.rule(input.Rule, input.EventBusName).targets.values()],
      }),
      ListRuleNamesByTarget: (
        input: eventbridge.ListRuleNamesByTargetRequest,
      ): eventbridge.ListRuleNamesByTargetResponse => {
        const rules = [...this.bus(input.EventBusName).rules.values()];
        const pointing = rules.filter(({ targets }) =>
          [...targets.values()].some(({ Arn }) => Arn === input.TargetArn),
        );
        return { RuleNames: pointing.map(({ definition }) => definition.name) };
      },
    };
  }
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message);
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
