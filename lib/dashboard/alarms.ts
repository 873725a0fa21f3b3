import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** What has an alarm for the messages that its function has failed on. */
export interface DeadLettered {
  readonly deadLetterAlarm: cloudwatch.Alarm;
}

/** Alarms that tell one topic, also when all is well again. */
export class Alarms extends Construct {
  readonly all: cloudwatch.Alarm[] = [];
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, topic: sns.ITopic) {
    super(scope, id);
    this.action = new SnsAction(topic);
  }

  /** An alarm that is there already and tells nobody. */
  adopt(alarm: cloudwatch.Alarm): void {
    if (this.all.includes(alarm)) return;
    alarm.addAlarmAction(this.action);
    this.all.push(alarm);
  }

  /** Alarms that have a topic of their own. */
  show(alarms: readonly cloudwatch.Alarm[]): void {
    this.all.push(...alarms);
  }

  /** Goes off as soon as the metric is above a value once; nothing is written while all is well. */
  above(id: string, metric: cloudwatch.Metric, threshold: number, description: string): void {
    const alarm = new cloudwatch.Alarm(this, id, {
      alarmDescription: description,
      metric: metric.with({ period: Duration.minutes(5) }),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
    this.all.push(alarm);
  }
}
