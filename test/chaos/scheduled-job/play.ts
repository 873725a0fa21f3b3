import { BatchClient, TerminateJobCommand } from '@aws-sdk/client-batch';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { FaultPlan } from '../../../local/faults/fault-plan';
import { playScenes, type Scene, stormScenes } from '../scenes';
import { Environment } from '../../stack/scheduled-job/environment';
import { CALM, type History, type Incident, LAST_DUE, PERIOD, type Phase } from './history';
import { assemblyOf, type Plan, VARIANTS } from './variants';

const START = Date.UTC(2026, 0, 1);
/** When all has to be over. */
const LONGEST_SECONDS = 3 * 3600;

/** What came of a history. Times are seconds from the start of the day, in which the schedules are made in the first minute. */
export interface Outcome {
  readonly jobs: readonly JobOutcome[];
  /** By schedule. */
  readonly states: Readonly<
    Record<string, { readonly decidedUpTo: number; readonly runs: readonly { stage: string }[] }>
  >;
  /** By schedule and time: `every 600`. */
  readonly records: Readonly<
    Record<string, { readonly status: string; readonly reason?: string; readonly at: number }>
  >;
  readonly deadLetters: number;
  readonly alarm: string;
  readonly endedAt: number;
  readonly log: Environment['log'];
}

export interface JobOutcome {
  readonly name: string;
  readonly schedule: string;
  readonly time: number;
  readonly from: number;
  /** When it ended. */
  readonly to: number;
}

/** Plays a history on the local AWS, with the synthesized app and the bundles that ship. */
export async function play(history: History): Promise<Outcome> {
  const environment = await Environment.deploy(assemblyOf(history.variant, START), {
    settings: history.settings,
    start: START,
  });
  return new Player(history, environment).play();
}

class Player {
  private readonly plans: readonly Plan[];

  constructor(
    private readonly history: History,
    private readonly environment: Environment,
  ) {
    this.plans = VARIANTS[history.variant]!;
  }

  async play(): Promise<Outcome> {
    await this.silenceLedger();
    const clock = this.environment.aws.virtualClock!;
    await playScenes(this.environment.aws, START, this.scenes());
    await clock.runUntil(START + LAST_DUE * 1000);
    for (;;) {
      await this.environment.advance(PERIOD * 1000);
      if ((await this.isOver()) || this.now() > LONGEST_SECONDS) break;
    }
    return this.outcome();
  }

  /** The ledger keeps what it does not have to here, and would take most of the time. */
  private async silenceLedger(): Promise<void> {
    const events = this.environment.aws.client(EventBridgeClient);
    const { Rules = [] } = await events.send(new ListRulesCommand({}));
    for (const { Name, ScheduleExpression, EventPattern } of Rules) {
      if (!Name!.includes('Ledger')) continue;
      await events.send(new PutRuleCommand({ Name, ScheduleExpression, EventPattern, State: 'DISABLED' }));
    }
  }

  private scenes(): Scene[] {
    const { storm, incidents } = this.history;
    const { aws } = this.environment;
    return [
      ...stormScenes(aws, storm, (phase) => this.faultsOf(phase), { from: 60, calmAt: CALM }),
      ...incidents.flatMap((incident) => this.scenesOf(incident)),
    ];
  }

  private scenesOf(incident: Incident): Scene[] {
    const { environment } = this;
    const { at } = incident;
    const plan = 'which' in incident ? this.plans[incident.which % this.plans.length]! : this.plans[0]!;
    switch (incident.kind) {
      case 'suspend':
        return [
          { at, act: () => this.insist(() => environment.setState(plan.name, 'DISABLED')) },
          {
            at: Math.min(at + incident.seconds, CALM),
            act: () => this.insist(() => environment.setState(plan.name, 'ENABLED')),
          },
        ];
      case 'terminate':
        return [{ at, act: () => this.insist(() => this.terminate(incident.which)) }];
      case 'backfill': {
        const backfill = { schedule: plan.name, from: iso(0), to: iso(Math.max(0, at - 2 * PERIOD)) };
        return [{ at, act: () => this.insist(() => this.invoke({ backfill })) }];
      }
      case 'invoke again': {
        const time = Math.floor(at / PERIOD - incident.ago) * PERIOD;
        if (time < PERIOD) return [];
        return [{ at, act: () => this.insist(() => this.invokeAgain(plan.name, time)) }];
      }
      case 'sweep':
        return [
          {
            at,
            act: async () => {
              for (let left = incident.times; left > 0; left--) await this.insist(() => this.invoke({ sweep: true }));
            },
          },
        ];
    }
  }

  private faultsOf({ faults: { crashes = [], ...calls } }: Phase): FaultPlan {
    return { ...calls, crash: crashes.map((call) => [this.environment.functionName, call] as const) };
  }

  /** What a history itself does must happen, whatever its calls suffer. */
  private async insist(act: () => Promise<void>): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.environment.aws.finish(act());
      } catch (error) {
        if (tries === 50) throw error;
      }
    }
  }

  private async invoke(event: object): Promise<void> {
    const input = {
      FunctionName: this.environment.functionName,
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    } as const;
    await this.environment.aws.client(LambdaClient).send(new InvokeCommand(input));
  }

  /** As Scheduler, which delivers at least once. */
  private async invokeAgain(schedule: string, time: number): Promise<void> {
    const { config } = await this.environment.inputOf(schedule);
    await this.environment.send(JSON.stringify({ schedule, scheduledTime: iso(time), config }));
  }

  private async terminate(which: number): Promise<void> {
    const open = this.environment.jobs().filter(({ status }) => status !== 'SUCCEEDED' && status !== 'FAILED');
    const job = open[which % open.length];
    if (job === undefined) return;
    await this.environment.aws
      .client(BatchClient)
      .send(new TerminateJobCommand({ jobId: job.id, reason: 'a person did' }));
  }

  private async isOver(): Promise<boolean> {
    const { states } = await this.items();
    const open = this.environment.jobs().some(({ status }) => status !== 'SUCCEEDED' && status !== 'FAILED');
    return !open && Object.values(states).every(({ runs }) => runs.every(({ stage }) => stage === 'active'));
  }

  private async outcome(): Promise<Outcome> {
    const { MetricAlarms = [] } = await this.environment.aws
      .client(CloudWatchClient)
      .send(new DescribeAlarmsCommand({}));
    return {
      jobs: this.environment.jobs().map(({ name, createdAt, stoppedAt }) => {
        const [, schedule = '', text = ''] = /^(.*)-(\d{8}T\d{6}Z)$/.exec(name) ?? [];
        const time = Date.parse(text.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
        return {
          name,
          schedule,
          time: seconds(time),
          from: seconds(createdAt),
          to: stoppedAt === undefined ? Infinity : seconds(stoppedAt),
        };
      }),
      ...(await this.items()),
      deadLetters: await this.environment.deadLetters(),
      alarm: MetricAlarms.find(({ AlarmName }) => !AlarmName!.includes('Ledger'))!.StateValue!,
      endedAt: this.now(),
      log: this.environment.log,
    };
  }

  private async items(): Promise<Pick<Outcome, 'states' | 'records'>> {
    const dynamo = this.environment.aws.client(DynamoDBClient);
    const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
    const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: TableNames[0] }));
    const of = <T>(prefix: string, attribute: string): [string, T][] =>
      Items.filter(({ id }) => id!.S!.startsWith(prefix)).map((item) => [
        item['id']!.S!.slice(item['id']!.S!.indexOf('/') + 1),
        JSON.parse(item[attribute]!.S!) as T,
      ]);
    const records = of<{ status: string; reason?: string; at: number }>('run#', 'record').map(([id, record]) => {
      const [schedule, text] = id.split('#') as [string, string];
      return [`${schedule} ${seconds(Date.parse(text))}`, { ...record, at: seconds(record.at) }] as const;
    });
    const states = of<Outcome['states'][string]>('schedule#', 'state');
    return { states: Object.fromEntries(states), records: Object.fromEntries(records) };
  }

  private now(): number {
    return seconds(this.environment.now);
  }
}

function seconds(time: number): number {
  return (time - START) / 1000;
}

function iso(time: number): string {
  return new Date(START + time * 1000).toISOString().replace('.000Z', 'Z');
}
