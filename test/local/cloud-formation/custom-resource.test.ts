import type { HandlerRuntime } from '../../../local/lambda/runtime';
import type { Template } from '../../../local/cloud-formation/template';
import { FUNCTION_CODE, testCloud } from './test-cloud';

interface Request {
  RequestType: 'Create' | 'Update' | 'Delete';
  ResponseURL: string;
  RequestId: string;
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceProperties: Record<string, unknown>;
  OldResourceProperties?: Record<string, unknown>;
}

type Answer = { Status?: 'SUCCESS' | 'FAILED'; Reason?: string; PhysicalResourceId?: string; Data?: object };

/** A cloud whose custom resources answer what the test says; without an answer the function stays silent. */
function cloudThatAnswers(answer: (request: Request) => Answer | undefined, delaySeconds = 0) {
  const requests: Request[] = [];
  const cloud = testCloud(() => (runtime: HandlerRuntime) => async (event: unknown) => {
    const request = event as Request;
    requests.push(request);
    const given = answer(request);
    if (given === undefined) return;
    await runtime.clock.sleep(delaySeconds * 1000);
    await runtime.put(request.ResponseURL, JSON.stringify({ Status: 'SUCCESS', ...given }));
  });
  return { cloud, requests, types: () => requests.map(({ RequestType }) => RequestType) };
}

const app = (properties: object = {}): Template => ({
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: { ...FUNCTION_CODE, Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Timeout: 900 },
    },
    Custom: {
      Type: 'Custom::Thing',
      Properties: { ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] }, ...properties },
    },
  },
  Outputs: { Made: { Value: { 'Fn::GetAtt': ['Custom', 'Name'] } }, Id: { Value: { Ref: 'Custom' } } },
});

describe('custom resources', () => {
  test('hand over properties as text, take the answer’s id and data', async () => {
    const { cloud, requests } = cloudThatAnswers(() => ({ PhysicalResourceId: 'thing', Data: { Name: 'made' } }));
    const [stack] = await cloud.deploy({ App: app({ Size: 3, On: true, List: [1, { Deep: false }] }) });
    expect(stack!.outputs).toEqual({ Made: 'made', Id: 'thing' });
    expect(requests).toEqual([
      {
        RequestType: 'Create',
        ResourceType: 'Custom::Thing',
        LogicalResourceId: 'Custom',
        StackId: stack!.id,
        RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        ResponseURL: expect.stringMatching(/^https:\/\/cloudformation-custom-resource-response-useast1\./),
        ServiceToken: stack!.resources.get('Function')!.attributes!.Arn,
        ResourceProperties: {
          ServiceToken: stack!.resources.get('Function')!.attributes!.Arn,
          Size: '3',
          On: 'true',
          List: ['1', { Deep: 'false' }],
        },
      },
    ]);
  });

  test('are updated with their former properties, and deleted', async () => {
    const { cloud, requests, types } = cloudThatAnswers(() => ({ PhysicalResourceId: 'thing', Data: { Name: 'x' } }));
    await cloud.deploy({ App: app({ Size: 3 }) });
    await cloud.deploy({ App: app({ Size: 4 }) });
    expect(requests[1]).toMatchObject({
      PhysicalResourceId: 'thing',
      ResourceProperties: { Size: '4' },
      OldResourceProperties: { Size: '3' },
    });
    await cloud.destroy();
    expect(types()).toEqual(['Create', 'Update', 'Delete']);
    expect(requests[2]).toMatchObject({ PhysicalResourceId: 'thing', ResourceProperties: { Size: '4' } });
  });

  test('an update that answers another id replaces: the former is deleted afterwards', async () => {
    const { cloud, requests, types } = cloudThatAnswers((request) => ({
      PhysicalResourceId: `thing-${String(request.ResourceProperties.Size)}`,
      Data: { Name: 'x' },
    }));
    await cloud.deploy({ App: app({ Size: 3 }) });
    const [stack] = await cloud.deploy({ App: app({ Size: 4 }) });
    expect(types()).toEqual(['Create', 'Update', 'Delete']);
    expect(requests[2]).toMatchObject({ PhysicalResourceId: 'thing-3', ResourceProperties: { Size: '3' } });
    expect(stack!.outputs.Id).toBe('thing-4');
  });

  test('a failure rolls the stack back, and the resource is told to go', async () => {
    const { cloud, types } = cloudThatAnswers(({ RequestType }) =>
      RequestType === 'Create' ? { Status: 'FAILED', Reason: 'no room', PhysicalResourceId: 'thing' } : {},
    );
    await expect(cloud.deploy({ App: app() })).rejects.toThrow(
      'Custom (Custom::Thing): received response status FAILED: no room',
    );
    expect(types()).toEqual(['Create', 'Delete']);
    expect(cloud.changes().at(-1)).toBe('lambda:DeleteFunction');
  });

  test('a failed update is followed by one back to the former properties', async () => {
    const { cloud, requests } = cloudThatAnswers(({ ResourceProperties }) => ({
      PhysicalResourceId: 'thing',
      Data: { Name: 'x' },
      ...(ResourceProperties.Size === '4' && { Status: 'FAILED' as const, Reason: 'too large' }),
    }));
    await cloud.deploy({ App: app({ Size: 3 }) });
    await expect(cloud.deploy({ App: app({ Size: 4 }) })).rejects.toThrow('too large');
    expect(requests.at(-1)).toMatchObject({
      RequestType: 'Update',
      ResourceProperties: { Size: '3' },
      OldResourceProperties: { Size: '4' },
    });
    expect(cloud.cloudFormation.stack('App')!.outputs.Id).toBe('thing');
  });

  test('may take their time, while the clock runs', async () => {
    const { cloud } = cloudThatAnswers(() => ({ Data: { Name: 'slow' } }), 600);
    const before = cloud.clock.now();
    const [stack] = await cloud.deploy({ App: app() });
    expect(stack!.outputs.Made).toBe('slow');
    const seconds = (cloud.clock.now() - before) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(600);
    expect(seconds).toBeLessThan(610);
  });

  test('are given up after an hour, or after their own timeout', async () => {
    for (const [properties, seconds] of [
      [{}, 3600],
      [{ ServiceTimeout: '120' }, 120],
    ] as const) {
      // prettier-ignore
      const { cloud } = cloudThatAnswers(({ RequestType }) => (RequestType === 'Create' ? undefined : {}));
      const before = cloud.clock.now();
      await expect(cloud.deploy({ App: app(properties) })).rejects.toThrow('did not receive a response');
      const waited = (cloud.clock.now() - before) / 1000;
      expect(waited).toBeGreaterThanOrEqual(seconds);
      expect(waited).toBeLessThan(seconds + 10);
    }
  });

  test('a deletion that fails keeps the stack’s resource and its function', async () => {
    const { cloud } = cloudThatAnswers(({ RequestType }) => ({
      Status: RequestType === 'Delete' ? 'FAILED' : 'SUCCESS',
      Reason: 'jobs are running',
      Data: { Name: 'x' },
    }));
    await cloud.deploy({ App: app() });
    await expect(cloud.destroy()).rejects.toThrow('Custom (Custom::Thing): received response status FAILED: jobs are');
    expect([...cloud.cloudFormation.stack('App')!.resources.keys()]).toEqual(['Role', 'Function', 'Custom']);
  });
});
