import { retries } from '../../../local/batch/execution/retry';
import { Stage } from './stage';

describe('whether an attempt is retried', () => {
  const rule = (action: 'RETRY' | 'EXIT', conditions: object) => ({ action, ...conditions });

  test('without rules every failure is, up to the attempts', () => {
    expect(retries({ attempts: 3 }, 2, { exitCode: 1 })).toBe(true);
    expect(retries({ attempts: 3 }, 3, { exitCode: 1 })).toBe(false);
    expect(retries({}, 1, { exitCode: 1 })).toBe(false);
  });

  test.each([
    ['an exit code', { onExitCode: '137' }, { exitCode: 137 }, true],
    ['another exit code', { onExitCode: '137' }, { exitCode: 13 }, false],
    ['the beginning of an exit code', { onExitCode: '1*' }, { exitCode: 137 }, true],
    ['a reason, to the letter', { onReason: 'Out of licences' }, { reason: 'Out of licences' }, true],
    ['a reason that goes on', { onReason: 'Out of licences' }, { reason: 'Out of licences again' }, false],
    [
      'the beginning of a reason',
      { onReason: 'CannotPullContainerError:*' },
      { reason: 'CannotPullContainerError: x' },
      true,
    ],
    ['another case', { onReason: 'outofmemory*' }, { reason: 'OutOfMemoryError' }, false],
    [
      'the beginning of a status reason',
      { onStatusReason: 'Host EC2*' },
      { statusReason: 'Host EC2 (instance i-1) terminated.' },
      true,
    ],
    ['all conditions of a rule', { onExitCode: '1', onReason: 'a' }, { exitCode: 1, reason: 'b' }, false],
    ['a lone asterisk, also where nothing is said', { onReason: '*' }, { exitCode: 1 }, true],
  ])('%s matches or not', (_, conditions, failure, matches) => {
    expect(retries({ attempts: 2, evaluateOnExit: [rule('EXIT', conditions)] }, 1, failure)).toBe(!matches);
  });

  test('the first rule that matches decides, and without a match there is a retry', () => {
    const evaluateOnExit = [rule('RETRY', { onStatusReason: 'Host EC2*' }), rule('EXIT', { onReason: '*' })];
    const strategy = { attempts: 5, evaluateOnExit };
    expect(retries(strategy, 1, { statusReason: 'Host EC2 (instance i-1) terminated.' })).toBe(true);
    expect(retries(strategy, 1, { statusReason: 'Essential container in task exited', exitCode: 1 })).toBe(false);
    expect(retries({ attempts: 2, evaluateOnExit: [rule('EXIT', { onExitCode: '2' })] }, 1, { exitCode: 1 })).toBe(
      true,
    );
  });

  test('the action is not case sensitive', () => {
    expect(
      retries({ attempts: 2, evaluateOnExit: [{ action: 'exit' as 'EXIT', onExitCode: '1' }] }, 1, { exitCode: 1 }),
    ).toBe(false);
  });
});

test('a failed attempt puts the job back to RUNNABLE; each attempt is kept', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const id = stage.submit(
    queue,
    { retryStrategy: { attempts: 3 } },
    {
      attempts: [
        { exitCode: 1, runSeconds: 10 },
        { exitCode: 2, runSeconds: 20, reason: 'out of luck' },
        { exitCode: 0, runSeconds: 30 },
      ],
    },
  );
  const submitted = stage.clock.now();
  const [job] = await stage.end(id);
  expect(stage.told(id)).toEqual([
    ...['RUNNABLE', 'STARTING', 'RUNNING'],
    ...['RUNNABLE', 'STARTING', 'RUNNING'],
    ...['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED'],
  ]);
  expect(
    job!.attempts!.map(({ container, startedAt, stoppedAt, statusReason }) => ({
      exitCode: container!.exitCode,
      reason: container!.reason,
      at: [startedAt! - submitted, stoppedAt! - submitted],
      statusReason,
    })),
  ).toEqual([
    { exitCode: 1, at: [5000, 15_000], statusReason: 'Essential container in task exited' },
    { exitCode: 2, reason: 'out of luck', at: [20_000, 40_000], statusReason: 'Essential container in task exited' },
    { exitCode: 0, at: [45_000, 75_000], statusReason: 'Essential container in task exited' },
  ]);
  expect(job).toMatchObject({ startedAt: submitted + 45_000, container: { exitCode: 0 } });
  const { containerInstanceArn, taskArn, logStreamName } = job!.attempts![0]!.container!;
  expect(containerInstanceArn).toMatch(/:container-instance\//);
  expect(logStreamName).toBe(
    `${job!.jobDefinition!.split('/')[1]!.split(':')[0]}/default/${taskArn!.split('/').at(-1)}`,
  );
  expect(new Set(job!.attempts!.map(({ container }) => container!.taskArn)).size).toBe(3);
});

test('attempts that are used up end in FAILED, with what the last one said', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const id = stage.submit(queue, { retryStrategy: { attempts: 2 } }, { attempts: [{ exitCode: 7 }] });
  const [job] = await stage.end(id);
  expect(job).toMatchObject({ status: 'FAILED', attempts: [{}, {}], container: { exitCode: 7 } });
});

test('a job out of memory says so in the reason of its container', async () => {
  for (const outOfMemoryExitCode of [137, 2]) {
    const stage = new Stage({ outOfMemoryExitCode });
    const { queue } = await stage.small();
    const [job] = await stage.end(stage.submit(queue, {}, { attempts: [{ peakMemoryMiB: 1025 }] }));
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      container: { exitCode: outOfMemoryExitCode, reason: 'OutOfMemoryError: Container killed due to memory usage' },
    });
  }
});

test('an image that cannot be pulled ends the attempt before it runs', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const reason = 'CannotPullContainerError: manifest unknown';
  const id = stage.submit(queue, {}, { attempts: [{ reason }] });
  const [job] = await stage.end(id);
  expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Task failed to start', container: { reason } });
  expect(job!.startedAt).toBeUndefined();
  expect(job!.attempts![0]!.startedAt).toBeUndefined();
  expect(job!.container!.logStreamName).toBeUndefined();
  expect(stage.told(id)).toEqual(['RUNNABLE', 'STARTING', 'FAILED']);
});

describe('when the host goes away', () => {
  test('the attempt fails by the name of the instance, and rules for it apply', async () => {
    const stage = new Stage();
    const { environment, queue } = await stage.small();
    const [instance] = stage.ec2Ids();
    const spotRules = [
      { action: 'RETRY' as const, onStatusReason: 'Host EC2*' },
      { action: 'EXIT' as const, onReason: '*' },
    ];
    const id = stage.submit(queue, { retryStrategy: { attempts: 3, evaluateOnExit: spotRules } });
    await stage.advance(10);
    stage.ec2.terminate(instance!, 'for the test', 'spot-reclaim');
    expect(stage.job(id)).toMatchObject({
      status: 'RUNNABLE',
      attempts: [{ statusReason: `Host EC2 (instance ${instance}) terminated.` }],
    });
    expect(stage.job(id).attempts![0]!.container!.exitCode).toBeUndefined();
    await stage.instance(environment);
    const [job] = await stage.end(id);
    expect(job).toMatchObject({ status: 'SUCCEEDED', attempts: [{}, {}] });
  });

  test('a job without attempts left has failed', async () => {
    const stage = new Stage();
    const { queue } = await stage.small();
    const id = stage.submit(queue);
    await stage.advance(10);
    stage.ec2.terminate(stage.ec2Ids()[0]!, 'for the test');
    expect(stage.job(id)).toMatchObject({ status: 'FAILED' });
  });

  test('LOCAL_JOB can play it', async () => {
    const stage = new Stage();
    const { queue } = await stage.small();
    const id = stage.submit(queue, { retryStrategy: { attempts: 2 } }, { attempts: [{ hostTerminated: true }, {}] });
    const [job] = await stage.end(id);
    expect(job!.attempts![0]!.statusReason).toBe(`Host EC2 (instance ${stage.ec2Ids()[0]}) terminated.`);
    expect(job!.status).toBe('SUCCEEDED');
  });
});

test('attempts of jobs with one key are counted together, so that a resubmission goes on', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const work = { key: 'shared', attempts: [{ exitCode: 1 }, { exitCode: 2 }, { exitCode: 0 }] };
  const exitCodes = [];
  for (let submission = 0; submission < 3; submission++) {
    const [job] = await stage.end(stage.submit(queue, {}, work));
    exitCodes.push(job!.container!.exitCode);
  }
  expect(exitCodes).toEqual([1, 2, 0]);
});
