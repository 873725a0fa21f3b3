import { ROLE, Stage } from '../stage';

test('GetCallerIdentity names the caller', async () => {
  expect(await new Stage().call('sts', 'GetCallerIdentity')).toEqual({
    Account: '123456789012',
    Arn: ROLE,
    UserId: 'tester',
  });
});

test('AssumeRole gives credentials for its duration', async () => {
  const stage = new Stage();
  const answer = await stage.call('sts', 'AssumeRole', {
    RoleArn: ROLE,
    RoleSessionName: 'session',
    DurationSeconds: 900,
  });
  expect(answer.AssumedRoleUser.Arn).toBe('arn:aws:sts::123456789012:assumed-role/tester/session');
  expect(answer.Credentials.Expiration).toEqual(new Date(stage.clock.now() + 900_000));
});
