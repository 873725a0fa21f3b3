import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Stage } from '../stage';

/** A function that fails as often as told, and the seconds at which it was tried. */
async function failing(stage: Stage, failures: number, configuration: object = {}) {
  const tries: number[] = [];
  await stage.function(
    'tries',
    () => {
      tries.push(stage.seconds());
      if (tries.length <= failures) throw new Error(`no ${tries.length}`);
      return 'yes';
    },
    configuration,
  );
  return tries;
}

const invoke = (stage: Stage, event: object = { n: 1 }) =>
  stage.call('lambda', 'Invoke', {
    FunctionName: 'tries',
    InvocationType: 'Event',
    Payload: Buffer.from(JSON.stringify(event)),
  });

const configure = (stage: Stage, config: object) =>
  stage.call('lambda', 'PutFunctionEventInvokeConfig', { FunctionName: 'tries', ...config });

describe('an asynchronous invocation', () => {
  test('is accepted before it runs', async () => {
    const stage = new Stage();
    const tries = await failing(stage, 0);
    expect((await invoke(stage)).StatusCode).toBe(202);
    expect(tries).toEqual([]);
    await stage.clock.advance(1);
    expect(tries).toEqual([0]);
  });

  test('that fails is tried again after one and after two minutes, then no more', async () => {
    const stage = new Stage();
    const tries = await failing(stage, 9);
    await invoke(stage);
    await stage.clock.advance(3_600_000);
    expect(tries).toEqual([0, 60, 180]);
  });

  test('is not tried again when retries are off', async () => {
    const stage = new Stage();
    const tries = await failing(stage, 9);
    await configure(stage, { MaximumRetryAttempts: 0 });
    await invoke(stage);
    await stage.clock.advance(3_600_000);
    expect(tries).toEqual([0]);
  });

  test('whose retry would come after its maximum age ends then', async () => {
    const stage = new Stage();
    const tries = await failing(stage, 9);
    const Destination = await stage.queue('dead');
    await configure(stage, { MaximumEventAgeInSeconds: 100, DestinationConfig: { OnFailure: { Destination } } });
    await invoke(stage);
    await stage.clock.advance(3_600_000);
    expect(tries).toEqual([0, 60]);
    const [record] = await stage.receive('dead');
    expect(JSON.parse(record!.body).requestContext.condition).toBe('EventAgeExceeded');
  });

  test('that crashes is tried again', async () => {
    const stage = new Stage({ faults: { crash: [['dies', 1]] } });
    const tries: number[] = [];
    let done = 0;
    await stage.function('dies', async (_, { clients }) => {
      tries.push(stage.seconds());
      await new STSClient(clients as never).send(new GetCallerIdentityCommand({}));
      done++;
    });
    await stage.call('lambda', 'Invoke', { FunctionName: 'dies', InvocationType: 'Event' });
    await stage.clock.advance(600_000);
    expect([tries, done]).toEqual([[0, 60], 1]);
  });

  test('that failed for good goes to the failure destination with its history', async () => {
    const stage = new Stage();
    await failing(stage, 9);
    const Destination = await stage.queue('failures');
    await configure(stage, { DestinationConfig: { OnFailure: { Destination } } });
    await invoke(stage, { n: 7 });
    await stage.clock.advance(3_600_000);
    const records = await stage.receive('failures');
    expect(records).toHaveLength(1);
    expect(JSON.parse(records[0]!.body)).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: { n: 7 },
      responseContext: { functionError: 'Unhandled' },
      responsePayload: { errorMessage: 'no 3' },
    });
  });

  test('that succeeds at last goes to the success destination', async () => {
    const stage = new Stage();
    await failing(stage, 1);
    const Destination = await stage.queue('successes');
    await configure(stage, { DestinationConfig: { OnSuccess: { Destination } } });
    await invoke(stage);
    await stage.clock.advance(3_600_000);
    const [record] = await stage.receive('successes');
    expect(JSON.parse(record!.body)).toMatchObject({
      requestContext: { condition: 'Success' },
      responsePayload: 'yes',
    });
  });

  test('that failed for good goes to the dead-letter queue, with the error in attributes', async () => {
    const stage = new Stage();
    const TargetArn = await stage.queue('dead');
    await failing(stage, 9, { DeadLetterConfig: { TargetArn } });
    await invoke(stage, { n: 7 });
    await stage.clock.advance(3_600_000);
    const [letter] = await stage.receive('dead');
    expect(JSON.parse(letter!.body)).toEqual({ n: 7 });
    expect(letter!.attributes).toMatchObject({ ErrorCode: '200', ErrorMessage: 'no 3' });
  });

  test('that is throttled waits and is tried again without counting as a failure', async () => {
    const stage = new Stage();
    const tries = await failing(stage, 0);
    await configure(stage, { MaximumRetryAttempts: 0 });
    await stage.call('lambda', 'PutFunctionConcurrency', { FunctionName: 'tries', ReservedConcurrentExecutions: 0 });
    await invoke(stage);
    await stage.clock.advance(60_000);
    expect(tries).toEqual([]);
    await stage.call('lambda', 'DeleteFunctionConcurrency', { FunctionName: 'tries' });
    await stage.clock.advance(300_000);
    expect(tries).toHaveLength(1);
  });

  test('that stays throttled for six hours is given up', async () => {
    const stage = new Stage();
    const TargetArn = await stage.queue('dead');
    const tries = await failing(stage, 0, { DeadLetterConfig: { TargetArn } });
    await stage.call('lambda', 'PutFunctionConcurrency', { FunctionName: 'tries', ReservedConcurrentExecutions: 0 });
    await invoke(stage);
    await stage.clock.advance(6 * 3_600_000 + 1);
    expect(tries).toEqual([]);
    expect((await stage.receive('dead'))[0]!.attributes.ErrorCode).toBe('429');
  });
});

describe('the configuration of asynchronous invocations', () => {
  test('can be read, changed in part, and deleted', async () => {
    const stage = new Stage();
    await failing(stage, 0);
    await configure(stage, { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 90 });
    await stage.call('lambda', 'UpdateFunctionEventInvokeConfig', { FunctionName: 'tries', MaximumRetryAttempts: 0 });
    const config = await stage.call('lambda', 'GetFunctionEventInvokeConfig', { FunctionName: 'tries' });
    expect([config.MaximumRetryAttempts, config.MaximumEventAgeInSeconds]).toEqual([0, 90]);
    await stage.call('lambda', 'DeleteFunctionEventInvokeConfig', { FunctionName: 'tries' });
    await expect(stage.call('lambda', 'GetFunctionEventInvokeConfig', { FunctionName: 'tries' })).rejects.toMatchObject(
      { code: 'ResourceNotFoundException' },
    );
  });
});
