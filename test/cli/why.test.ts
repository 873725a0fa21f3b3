/** `npm run why` over HTTP, and what it makes of its arguments. */
import { parseOptions } from '../../cli/why/options';
import { why } from '../../cli/why/why';
import { HttpDoor } from '../../local/http/door';
import { Account } from '../lambda/capacity-report/account';

const ID = '12345678-1234-1234-1234-123456789012';

describe('its arguments', () => {
  test('a job by id, by ARN, or a child of an array', () => {
    expect(parseOptions([ID])).toEqual({ jobId: ID, json: false });
    expect(parseOptions([`arn:aws:batch:us-east-1:123456789012:job/${ID}:7`, '--json'])).toEqual({
      jobId: `${ID}:7`,
      json: true,
    });
  });

  test.each([
    [[], "missing required argument 'job'"],
    [['no id!'], 'It is neither the id of a job nor its ARN.'],
    [[ID, '--endpoint', 'localhost'], 'It is no http or https address.'],
    [[ID, ID], 'too many arguments'],
  ])('%j is refused', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});

describe('against an endpoint', () => {
  const environment = { ...process.env };
  let door: HttpDoor;
  let account: Account;

  beforeAll(async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' });
    door = await HttpDoor.open(0, (error) => {
      throw error;
    });
    account = new Account();
    door.serve(account.aws);
    await account.unmanaged('env', { pool: { type: 'm5.xlarge', max: 1, desired: 1 } });
    await account.queue('queue', ['env']);
  });

  afterAll(async () => {
    process.env = environment;
    await door.close();
  });

  const ask = (jobId: string, json = false) =>
    why({ jobId, json, endpoint: door.url, region: 'us-east-1' }, new Date(account.now()));

  test('it says what holds the job, and what to do', async () => {
    await account.submit('queue', { vcpus: 3 });
    const jobId = await account.submit('queue', { vcpus: 2 });
    await account.advance(60);
    expect(await ask(jobId)).toBe(
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
      ].join('\n'),
    );
    expect(JSON.parse(await ask(jobId, true))).toMatchObject({ jobId, state: 'RUNNABLE', lacks: [{ shortBy: 1 }] });
  });

  test('it says when there is no such job', async () => {
    await expect(ask(ID)).rejects.toThrow(`AWS Batch knows no job ${ID} here.`);
  });
});
