import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { HandlerRuntime } from '../../../local/lambda/runtime';
import { ROLE, Stage, START } from '../stage';

async function start(stage: Stage, name: string, event: unknown) {
  const answer = await stage.call('lambda', 'Invoke', {
    FunctionName: name,
    Payload: Buffer.from(JSON.stringify(event)),
  });
  return {
    error: answer.FunctionError as string | undefined,
    payload: JSON.parse(Buffer.from(answer.Payload).toString()),
  };
}

const invoke = (stage: Stage, name: string, event: unknown = {}) => stage.finish(start(stage, name, event));

describe('a synchronous invocation', () => {
  test('gives the event to the handler and its result back, both as JSON', async () => {
    const stage = new Stage();
    await stage.function('echo', (event: { at: string }) => ({ event, date: new Date(0), nothing: undefined }));
    const { payload } = await invoke(stage, 'echo', { at: 'x' });
    expect(payload).toEqual({ event: { at: 'x' }, date: '1970-01-01T00:00:00.000Z' });
  });

  test('of a handler that rejects says so, and logs the error', async () => {
    const stage = new Stage();
    await stage.function('fails', () => {
      throw new RangeError('too far');
    });
    const { error, payload } = await invoke(stage, 'fails');
    expect([error, payload.errorType, payload.errorMessage]).toEqual(['Unhandled', 'RangeError', 'too far']);
    const { events } = await stage.call('logs', 'FilterLogEvents', { logGroupName: '/aws/lambda/fails' });
    expect(events[0].message).toContain('Invoke Error');
  });

  test('ends at its timeout in virtual time, and what it still does is not heard', async () => {
    const stage = new Stage();
    const after: string[] = [];
    await stage.function(
      'slow',
      async (_, { clock }) => {
        await clock.sleep(60_000);
        after.push('woke');
      },
      { Timeout: 10 },
    );
    const { payload } = await invoke(stage, 'slow');
    expect(payload.errorMessage).toMatch(/Task timed out after 10.00 seconds/);
    expect(stage.seconds()).toBe(10);
    await stage.clock.advance(120_000);
    expect(after).toEqual([]);
  });

  test('that waits for what never comes ends at its timeout too', async () => {
    const stage = new Stage();
    await stage.function('hangs', () => new Promise(() => {}), { Timeout: 5 });
    expect((await invoke(stage, 'hangs')).payload.errorMessage).toMatch(/timed out after 5/);
  });

  test('knows the remaining time, the clock, its environment and its own name', async () => {
    const stage = new Stage();
    await stage.function(
      'knows',
      async (_, { clock, env }, context) => {
        const before = context.getRemainingTimeInMillis();
        await clock.sleep(4_000);
        return {
          before,
          after: context.getRemainingTimeInMillis(),
          now: clock.now().getTime(),
          env: [env.COLOUR, env.AWS_REGION, env.AWS_LAMBDA_FUNCTION_NAME, env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE],
          context: [context.functionName, context.memoryLimitInMB, context.logGroupName],
        };
      },
      { Timeout: 30, MemorySize: 512, Environment: { Variables: { COLOUR: 'red' } } },
    );
    expect((await invoke(stage, 'knows')).payload).toEqual({
      before: 30_000,
      after: 26_000,
      now: START + 4_000,
      env: ['red', 'us-east-1', 'knows', '512'],
      context: ['knows', '512', '/aws/lambda/knows'],
    });
  });

  test('reaches the local AWS with its role through the clients it makes', async () => {
    const stage = new Stage();
    await stage.function('calls', async (_, { clients }) => {
      const { Arn } = await new STSClient(clients as never).send(new GetCallerIdentityCommand({}));
      return Arn;
    });
    expect((await invoke(stage, 'calls')).payload).toBe(ROLE);
    expect(stage.calls.counts()).toMatchObject({ sts: { GetCallerIdentity: 1 } });
  });

  test('of another function from within a function waits for its outcome in virtual time', async () => {
    const stage = new Stage();
    await stage.function('inner', async (_, { clock }) => (await clock.sleep(30_000), 'inner result'), { Timeout: 60 });
    await stage.function(
      'outer',
      async (_, { clients }) => {
        const { Payload } = await new LambdaClient(clients as never).send(new InvokeCommand({ FunctionName: 'inner' }));
        return `got ${Buffer.from(Payload!).toString()}`;
      },
      { Timeout: 60 },
    );
    expect((await invoke(stage, 'outer')).payload).toBe('got "inner result"');
    expect(stage.seconds()).toBe(30);
  });

  test('puts documents to presigned addresses', async () => {
    const stage = new Stage();
    await stage.function('custom', (_, { put }) => put('https://answer', 'done'));
    await invoke(stage, 'custom');
    expect(stage.puts).toEqual([{ url: 'https://answer', body: 'done' }]);
  });

  test('is refused when the function is not there, the payload is too large or no JSON', async () => {
    const stage = new Stage();
    await stage.function('echo', () => null);
    const call = (input: object) => stage.call('lambda', 'Invoke', { FunctionName: 'echo', ...input });
    await expect(call({ FunctionName: 'none' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      status: 404,
    });
    await expect(call({ Payload: Buffer.alloc(6_300_000) })).rejects.toMatchObject({
      code: 'RequestTooLargeException',
    });
    await expect(call({ Payload: Buffer.from('{') })).rejects.toMatchObject({ code: 'InvalidRequestContentException' });
  });
});

describe('execution environments', () => {
  /** Counts how often `createHandler` was called. */
  async function counting(stage: Stage, work: (runtime: HandlerRuntime) => Promise<void>) {
    const made: number[] = [];
    const code = stage.code('counted', (runtime) => {
      const id = made.push(made.length);
      return async () => {
        await work(runtime);
        return id;
      };
    });
    await stage.call('lambda', 'CreateFunction', {
      FunctionName: 'counted',
      Role: ROLE,
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Code: code,
      Timeout: 60,
    });
    return made;
  }

  test('are used again by later invocations, not by concurrent ones', async () => {
    const stage = new Stage();
    const made = await counting(stage, ({ clock }) => clock.sleep(1_000));
    const results = await stage.finish(Promise.all([start(stage, 'counted', 1), start(stage, 'counted', 2)]));
    expect(results.map(({ payload }) => payload)).toEqual([1, 2]);
    await invoke(stage, 'counted');
    expect(made).toHaveLength(2);
  });

  test('are thrown away after a crash and after a timeout', async () => {
    const stage = new Stage();
    const made = await counting(stage, ({ clock }) => clock.sleep(made.length === 1 ? 100_000 : 0));
    expect((await invoke(stage, 'counted')).payload.errorMessage).toMatch(/timed out/);
    expect((await invoke(stage, 'counted')).payload).toBe(2);
  });

  test('are new after the code or the configuration has changed', async () => {
    const stage = new Stage();
    const made = await counting(stage, async () => {});
    await invoke(stage, 'counted');
    await stage.call('lambda', 'UpdateFunctionConfiguration', { FunctionName: 'counted', MemorySize: 1024 });
    await invoke(stage, 'counted');
    await stage.call('lambda', 'UpdateFunctionCode', { FunctionName: 'counted', S3Bucket: 'assets', S3Key: 'counted' });
    await invoke(stage, 'counted');
    expect(made).toHaveLength(3);
  });
});

describe('a crash fault', () => {
  test('kills the function at the given call, which is never made', async () => {
    const stage = new Stage({ faults: { crash: [['crashes', 2]] } });
    const steps: string[] = [];
    await stage.function('crashes', async (_, { clients }) => {
      const client = new STSClient(clients as never);
      for (const step of ['first', 'second', 'third']) {
        await client.send(new GetCallerIdentityCommand({}));
        steps.push(step);
      }
    });
    const { error, payload } = await invoke(stage, 'crashes');
    expect([error, payload.errorType]).toEqual(['Unhandled', 'Runtime.ExitError']);
    expect(steps).toEqual(['first']);
    expect((await invoke(stage, 'crashes')).error).toBeUndefined();
  });
});

test('a function has a clock that a fault may put wrong, until it is taken back', async () => {
  const stage = new Stage({ faults: { clock: { wrong: -30 } } });
  const times: number[] = [];
  const tell = async (_: unknown, { clock }: { clock: { now(): Date } }) => void times.push(clock.now().getTime());
  await stage.function('wrong', tell);
  await invoke(stage, 'wrong');
  stage.faults.set({});
  await invoke(stage, 'wrong');
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(30_000);
  expect(times[1]! - times[0]!).toBeLessThan(31_000);
});

describe('reserved concurrency', () => {
  test('throttles invocations beyond it', async () => {
    const stage = new Stage();
    await stage.function('one', (_, { clock }) => clock.sleep(1_000), {});
    await stage.call('lambda', 'PutFunctionConcurrency', { FunctionName: 'one', ReservedConcurrentExecutions: 1 });
    const both = Promise.allSettled([start(stage, 'one', 1), start(stage, 'one', 2)]);
    const [first, second] = await stage.finish(both);
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(second).toMatchObject({ reason: { code: 'TooManyRequestsException', status: 429 } });
    await expect(invoke(stage, 'one')).resolves.toBeDefined();
  });
});

describe('permissions', () => {
  test('are stored, shown as a policy, and removed', async () => {
    const stage = new Stage();
    const FunctionName = await stage.function('guarded', () => null);
    const permission = {
      FunctionName,
      StatementId: 'events',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: 'arn:aws:events:us-east-1:123456789012:rule/r',
    };
    await stage.call('lambda', 'AddPermission', permission);
    await expect(stage.call('lambda', 'AddPermission', permission)).rejects.toMatchObject({
      code: 'ResourceConflictException',
    });
    const { Policy } = await stage.call('lambda', 'GetPolicy', { FunctionName });
    expect(JSON.parse(Policy).Statement).toMatchObject([
      { Sid: 'events', Principal: { Service: 'events.amazonaws.com' }, Resource: FunctionName },
    ]);
    await stage.call('lambda', 'RemovePermission', { FunctionName, StatementId: 'events' });
    await expect(stage.call('lambda', 'GetPolicy', { FunctionName })).rejects.toMatchObject({ status: 404 });
  });
});

describe('the configuration', () => {
  test('is found by name, ARN and partial ARN', async () => {
    const stage = new Stage();
    const arn = await stage.function('found', () => null, { Timeout: 7 });
    for (const FunctionName of ['found', arn, '123456789012:function:found', `${arn}:$LATEST`]) {
      const { Timeout } = await stage.call('lambda', 'GetFunctionConfiguration', { FunctionName });
      expect(Timeout).toBe(7);
    }
  });

  test('is refused when out of range, when the name is taken, or when there is no such code', async () => {
    const stage = new Stage();
    await stage.function('taken', () => null);
    await expect(stage.function('taken', () => null)).rejects.toMatchObject({ code: 'ResourceConflictException' });
    await expect(
      stage.call('lambda', 'UpdateFunctionConfiguration', { FunctionName: 'taken', Timeout: 901 }),
    ).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
    await expect(
      stage.function('no-code', () => null, { Code: { S3Bucket: 'assets', S3Key: 'none' } }),
    ).rejects.toMatchObject({
      code: 'InvalidParameterValueException',
    });
  });
});
