/** Nothing that happens between two calls of the autoscaler kills a job, launches twice or leaves anything behind. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CPU, Environment, synthesize } from './environment';

let assembly: string;
beforeAll(() => {
  assembly = synthesize([CPU]);
});

/** A job that is placed in the moment before the autoscaler's next call of an operation. */
async function placedBefore(operation: string, settings: Parameters<typeof Environment.deploy>[1]) {
  const environment = await Environment.deploy(assembly, settings);
  const first = await environment.submit({ runSeconds: 60 });
  await environment.until('idle', () => environment.job(first).status === 'SUCCEEDED');
  let late: string | undefined;
  environment.aws.faults.before(
    (call) => call.operation === operation && call.functionName === environment.autoscaler,
    async () => {
      late = await environment.submit({ runSeconds: 300 });
      // Long enough for Batch to place it, if it can.
      await new Promise<void>((resume) => void environment.aws.clock.after(15_000, resume));
    },
  );
  await environment.until('the call', () => late !== undefined);
  await environment.untilOver();
  return { environment, late: environment.job(late!) };
}

describe('a job that is placed after an instance was found idle survives', () => {
  test.each([
    // Found idle and about to be drained.
    ['UpdateContainerInstancesState', true],
    ['UpdateContainerInstancesState', false],
    // Drained, looked at for the last time, and about to leave.
    ['DeregisterContainerInstance', true],
    ['DeregisterContainerInstance', false],
    ['TerminateInstanceInAutoScalingGroup', true],
    ['TerminateInstanceInAutoScalingGroup', false],
  ])('before %s, when placement honours draining: %p', async (operation, placementHonoursDraining) => {
    const { environment, late } = await placedBefore(operation, { placementHonoursDraining });
    expect(late).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
    expect(environment.killed()).toEqual([]);
  });

  test('an instance that got a job after all stays until the job has ended', async () => {
    const { environment } = await placedBefore('DeregisterContainerInstance', { placementHonoursDraining: false });
    expect(environment.decisions()).toEqual(['launch', 'drain', 'keep', 'terminate']);
    expect(environment.instances()).toMatchObject([{ tasksStarted: 2 }]);
  });
});

describe('two invocations at once', () => {
  test('launch once', async () => {
    const environment = await Environment.deploy(assembly);
    await environment.advance(10);
    const job = await environment.submit({ runSeconds: 120 });
    await environment.advance(2);
    // Every call lets the other invocations run first.
    environment.aws.faults.set({ yield: { '*': 1 } });
    const lambda = environment.aws.client(LambdaClient);
    const invoke = new InvokeCommand({ FunctionName: environment.autoscaler, InvocationType: 'Event', Payload: '{}' });
    await environment.aws.finish(Promise.all([lambda.send(invoke), lambda.send(invoke), lambda.send(invoke)]));
    await environment.untilOver();
    expect(environment.job(job).status).toBe('SUCCEEDED');
    expect(environment.instances()).toHaveLength(1);
    expect(environment.decisions()).toEqual(['launch', 'drain', 'terminate']);
  });

  test('that both see a new job: the one that came too late to decide has the other look again', async () => {
    const environment = await Environment.deploy(assembly);
    await environment.advance(10);
    environment.aws.faults.before(
      ({ operation, functionName }) => operation === 'SetDesiredCapacity' && functionName === environment.autoscaler,
      async () => {
        // After the look: only another one can see it.
        await environment.submit({ vcpus: 4, runSeconds: 120 });
        await new Promise<void>((resume) => void environment.aws.clock.after(10_000, resume));
      },
    );
    await environment.submit({ vcpus: 4, runSeconds: 120 });
    await environment.advance(25);
    expect(environment.left()).toHaveLength(2);
    await environment.untilOver();
    expect(environment.instances()).toHaveLength(2);
  });
});

test('a run that dies before any of its calls leaves nothing wrong after the next tick', async () => {
  const environment = await Environment.deploy(assembly);
  const { aws, autoscaler } = environment;
  const scenario = async () => {
    const before = environment.instances().length;
    const submittedAt = aws.clock.now();
    const job = await environment.submit({ runSeconds: 30 });
    await environment.untilOver();
    const { status, startedAt, stoppedAt, attempts } = environment.job(job);
    const instances = environment.instances().slice(before);
    return {
      status,
      attempts,
      launched: instances.length,
      waited: (startedAt! - submittedAt) / 1000,
      lingered: (Math.max(...instances.map(({ shuttingDownAt }) => shuttingDownAt!)) - stoppedAt!) / 1000,
    };
  };
  // An event, its batching window, the launch and the registration; then what a tick comes later than it might.
  const soonest = (await scenario()).waited;
  // Seen idle, drained a minute later, terminated another minute later, each up to a tick late.
  const longest = 60 + 60 + 60 + 60;
  let crashes = 0;
  for (let call = 1, crashed = true; crashed; call++) {
    const lines = crashed ? environment.log.length : 0;
    aws.faults.set({ crash: [[autoscaler, call]] });
    const { waited, lingered, ...outcome } = await scenario();
    crashed = environment.crashes() > crashes;
    crashes = environment.crashes();
    expect({ call, ...outcome }).toEqual({ call, status: 'SUCCEEDED', attempts: 1, launched: 1 });
    expect(waited).toBeLessThanOrEqual(soonest + 60);
    expect(lingered).toBeLessThanOrEqual(longest + 60);
    expect(environment.log.slice(lines).filter(({ level }) => level === 'ERROR')).toEqual([]);
  }
  expect(environment.killed()).toEqual([]);
  // Every call of a life: lease, look, launch, drain, terminate.
  expect(crashes).toBeGreaterThan(50);
});
