import { performance } from 'node:perf_hooks';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { createLocalAws } from '../../local/local-aws';

const BATCHES = 10;
const EVENTS = 500;
const STATES = ['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED'];
const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/queue';

/** How many events the recorder takes in a second of one processor, the local DynamoDB's work included. */
export async function recording(assembly: string): Promise<string> {
  const aws = createLocalAws();
  await aws.deploy(assembly);
  const lambda = aws.client(LambdaClient);
  const { Functions } = await lambda.send(new ListFunctionsCommand({}));
  const FunctionName = Functions!.find((one) => one.FunctionName!.includes('Ledger'))!.FunctionName!;
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let batch = 0; batch < BATCHES; batch++) {
    const invoke = new InvokeCommand({ FunctionName, Payload: JSON.stringify({ Records: eventsOf(batch) }) });
    const { Payload } = await aws.finish(lambda.send(invoke));
    const answer = Buffer.from(Payload!).toString();
    if (answer !== '{"batchItemFailures":[]}') throw new Error(answer);
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rate = (BATCHES * EVENTS) / ((user + system) / 1e6);
  return `recorder: ${BATCHES * EVENTS} events in batches of ${EVENTS}: ${seconds.toFixed(1)} s, ${rate.toFixed(0)} events a second of processor, DynamoDB included`;
}

/** All events of jobs, a quarter as many as events: those of one job lie in one batch. */
function eventsOf(batch: number) {
  return Array.from({ length: EVENTS }, (_, index) => {
    const job = Math.floor(index / STATES.length);
    const status = STATES[index % STATES.length]!;
    const detail = {
      jobId: `00000000-0000-4000-8000-${String(batch * EVENTS + job).padStart(12, '0')}`,
      jobName: 'job',
      jobQueue: QUEUE,
      jobDefinition: 'arn:aws:batch:us-east-1:123456789012:job-definition/job:1',
      status,
      createdAt: 1_767_225_600_000,
      attempts: [],
    };
    const body = JSON.stringify({ time: '2026-01-01T00:00:00Z', detail });
    return { messageId: String(index), body };
  });
}
