import { Stage } from '../stage';

const put = (stage: Stage, Name: string, input: object = {}) =>
  stage.call('ssm', 'PutParameter', { Name, Value: 'v', Type: 'String', ...input });

const value = async (stage: Stage, Name: string) => (await stage.call('ssm', 'GetParameter', { Name })).Parameter.Value;

describe('a parameter', () => {
  test('is kept with a version that grows', async () => {
    const stage = new Stage();
    expect((await put(stage, '/a/b')).Version).toBe(1);
    await expect(put(stage, '/a/b')).rejects.toMatchObject({ code: 'ParameterAlreadyExists' });
    expect((await put(stage, '/a/b', { Value: 'w', Type: undefined, Overwrite: true })).Version).toBe(2);
    const { Parameter } = await stage.call('ssm', 'GetParameter', { Name: '/a/b' });
    expect(Parameter).toMatchObject({
      Value: 'w',
      Type: 'String',
      Version: 2,
      ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/a/b',
    });
    expect(await value(stage, Parameter.ARN)).toBe('w');
  });

  test('is got with others, those that are not there named', async () => {
    const stage = new Stage();
    await put(stage, 'one');
    const answer = await stage.call('ssm', 'GetParameters', { Names: ['one', 'two'] });
    expect([answer.Parameters.length, answer.InvalidParameters]).toEqual([1, ['two']]);
    await expect(value(stage, 'two')).rejects.toMatchObject({ code: 'ParameterNotFound' });
  });

  test('is found by path, page by page', async () => {
    const stage = new Stage();
    for (const name of ['/p/a', '/p/b', '/p/c', '/p/q/d', '/other']) await put(stage, name);
    const byPath = (input: object) => stage.call('ssm', 'GetParametersByPath', { Path: '/p', ...input });
    const names = ({ Parameters }: { Parameters: { Name: string }[] }) => Parameters.map(({ Name }) => Name);
    expect(names(await byPath({}))).toEqual(['/p/a', '/p/b', '/p/c']);
    const first = await byPath({ Recursive: true, MaxResults: 3 });
    const second = await byPath({ Recursive: true, MaxResults: 3, NextToken: first.NextToken });
    expect([names(first), names(second), second.NextToken]).toEqual([['/p/a', '/p/b', '/p/c'], ['/p/q/d'], undefined]);
  });

  test('can be deleted once', async () => {
    const stage = new Stage();
    await put(stage, 'one');
    await stage.call('ssm', 'DeleteParameter', { Name: 'one' });
    await expect(stage.call('ssm', 'DeleteParameter', { Name: 'one' })).rejects.toMatchObject({
      code: 'ParameterNotFound',
    });
    expect(await stage.call('ssm', 'DeleteParameters', { Names: ['one'] })).toMatchObject({
      InvalidParameters: ['one'],
    });
  });

  test.each([
    ['in the name space of AWS', '/aws/mine', {}, 'AccessDeniedException'],
    ['without a type', 'new', { Type: undefined }, 'ValidationException'],
  ])('is refused %s', async (_, name, input, code) => {
    await expect(put(new Stage(), name, input)).rejects.toMatchObject({ code });
  });
});

describe('public parameters', () => {
  const ECS = '/aws/service/ecs/optimized-ami/amazon-linux-2023';

  test('tell the machine images, another for each kind, always the same', async () => {
    const stage = new Stage();
    const names = [
      `${ECS}/recommended/image_id`,
      `${ECS}/gpu/recommended/image_id`,
      `${ECS}/arm64/recommended/image_id`,
    ];
    const images = await Promise.all(names.map((name) => value(stage, name)));
    expect(new Set(images).size).toBe(3);
    for (const image of images) expect(image).toMatch(/^ami-[0-9a-f]{17}$/);
    expect(JSON.parse(await value(stage, `${ECS}/recommended`)).image_id).toBe(images[0]);
    expect(await value(new Stage({ seed: 2 }), names[0]!)).toBe(images[0]);
    expect(await value(stage, '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64')).toMatch(
      /^ami-/,
    );
  });

  test('that AWS does not publish are not found', async () => {
    await expect(value(new Stage(), '/aws/service/none')).rejects.toMatchObject({ code: 'ParameterNotFound' });
  });
});
