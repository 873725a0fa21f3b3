/** `batch-foreman why` in each of the prepared situations of a job that waits. */
import { Account } from '../lambda/capacity-report/account';
import { SITUATIONS } from '../lambda/capacity-report/situations';
import { command } from './command';
import { Door } from './door';

let door: Door;
beforeAll(async () => {
  door = await Door.open();
});
afterAll(() => door.close());

test('it says what holds the job, and what to do', async () => {
  const account = new Account();
  door.serve(account.aws);
  await account.unmanaged('env', { pool: { type: 'm5.xlarge', max: 1, desired: 1 } });
  await account.queue('queue', ['env']);
  await account.submit('queue', { vcpus: 3 });
  const jobId = await account.submit('queue', { vcpus: 2 });
  await account.advance(60);
  const { exitCode, stdout, stderr } = await command(['why', jobId], { now: account.now(), isTTY: true });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe(
    [
      `job ${jobId} is RUNNABLE in queue`,
      '',
      'Asks for        2 vCPU, 512 MiB',
      'Why             2 vCPU requested, 1 vCPU available, short by 1 vCPU. The pool pool of env is at its maximum of 1 instances.',
      'Would do        1 × pool',
      'Next step       Wait until jobs end, or raise the maximum of the pool pool above 1 (1 × pool would do).',
      '',
      'env (unmanaged)',
      '  has           1 ready; free: 1 vCPU, 15347 MiB of 4 vCPU, 15859 MiB',
      '  limits        pool: 1 of 1 instances',
      '  lacks         2 vCPU requested, 1 vCPU available, short by 1 vCPU',
      '  because       The pool pool of env is at its maximum of 1 instances',
      '',
    ].join('\n'),
  );
});

test('a job by its ARN, as JSON', async () => {
  const account = new Account();
  door.serve(account.aws);
  await account.fargate('env', 1);
  await account.queue('queue', ['env']);
  await account.submit('queue', { fargate: true, memoryMiB: 2048 });
  const jobId = await account.submit('queue', { fargate: true, memoryMiB: 2048 });
  const arn = `arn:aws:batch:us-east-1:123456789012:job/${jobId}`;
  const { stdout } = await command(['why', arn, '--json'], { now: account.now() });
  expect(JSON.parse(stdout)).toMatchObject({ jobId, state: 'RUNNABLE', lacks: [{ resource: 'VCPU', shortBy: 1 }] });
});

test('a job that is not there is one line, and exit code 1', async () => {
  door.serve(new Account().aws);
  expect(await command(['why', '12345678-1234-1234-1234-123456789012'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr:
      'batch-foreman why: AWS Batch knows no job 12345678-1234-1234-1234-123456789012 here. ' +
      'It keeps those that have ended for about seven days.\n',
  });
});

test.each(SITUATIONS)('$name', async ({ prepare, told }) => {
  const { account, jobId } = await prepare();
  door.serve(account.aws);
  const json = await command(['why', jobId, '--json'], { now: account.now() });
  const explained = JSON.parse(json.stdout) as { why: string; nextStep: string };
  const { exitCode, stdout } = await command(['why', jobId], { now: account.now() });
  expect(exitCode).toBe(0);
  expect(explained.why).not.toBe('');
  for (const reason of told?.reasons ?? []) expect(json.stdout).toContain(`"code": "${reason.split(' ')[0]}"`);
  expect(stdout).toContain(`Why             ${explained.why}\n`);
  expect(stdout).toContain(`Next step       ${explained.nextStep}\n`);
  expect(stdout).not.toContain('\u001b');
});
