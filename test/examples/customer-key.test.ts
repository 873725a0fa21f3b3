import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  type ScheduleSummary,
} from '@aws-sdk/client-scheduler';
import { RunningExample } from './example';

test('everything runs under the key: a job, what follows it, and the snapshot of what it has prepared', async () => {
  const example = await RunningExample.deploy('customer-key');
  const { aws } = example;
  const key = example.output('KeyArn');
  const decryptions: unknown[] = [];
  aws.calls.onCall(({ service, input }) => void (service === 'kms' && decryptions.push(input)));

  const first = await example.submit({
    jobQueue: example.output('PreparingQueueName'),
    jobDefinition: example.output('PrepareName'),
  });
  expect(await example.ended(first)).toMatchObject({ status: 'SUCCEEDED' });
  const { volumes } = example.instanceOf(first);
  expect(volumes.map(({ kmsKeyId }) => kmsKeyId)).toEqual([key, key]);

  // The event of its end comes by an encrypted queue, and starts a job whose instance has a volume of the snapshot.
  await example.advance(1800);
  const [snapshot] = aws.services.ec2.snapshotsNow();
  expect(snapshot).toMatchObject({ encrypted: true, kmsKeyId: key });
  const followers = [...aws.services.batch.jobs()].filter(({ id }) => id !== first);
  expect(followers.map(({ status }) => status)).toEqual(['SUCCEEDED']);

  // EventBridge Scheduler reads the payload of a schedule with the role that the schedule names.
  const scheduler = aws.client(SchedulerClient);
  const { Schedules } = await scheduler.send(new ListSchedulesCommand({ NamePrefix: 'nightly' }));
  const [{ Name, GroupName }] = Schedules as [ScheduleSummary];
  const { KmsKeyArn, Target } = await scheduler.send(new GetScheduleCommand({ Name, GroupName }));
  expect(KmsKeyArn).toBe(key);
  expect(decryptions).toContainEqual(expect.objectContaining({ KeyId: key }));
  const QueueUrl = `https://sqs.us-east-1.amazonaws.com/123456789012/${Target!.Arn!.split(':').at(-1)}`;
  const { Attributes } = await aws
    .client(SQSClient)
    .send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({ KmsMasterKeyId: key });
});
