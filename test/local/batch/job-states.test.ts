import { Stage, asking } from './stage';

test('a job goes from SUBMITTED to SUCCEEDED, and its times are those of the clock', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const id = stage.submit(queue);
  const submitted = stage.clock.now();
  expect(stage.status(id)).toEqual(['SUBMITTED']);
  await stage.advance(0);
  expect(stage.status(id)).toEqual(['STARTING']);
  await stage.advance(5);
  expect(stage.status(id)).toEqual(['RUNNING']);
  const [job] = await stage.end(id);
  expect(job).toMatchObject({
    status: 'SUCCEEDED',
    statusReason: 'Essential container in task exited',
    createdAt: submitted,
    startedAt: submitted + 5000,
    stoppedAt: submitted + 65_000,
    isCancelled: false,
    isTerminated: false,
  });
});

test('every change is told but the first SUBMITTED, with the detail as DescribeJobs shows it', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const id = stage.submit(queue, { jobName: 'told', tags: { team: 'a' } });
  await stage.end(id);
  expect(stage.told(id)).toEqual(['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED']);
  const last = stage.eventsOf(id).at(-1)!;
  expect(last.resources).toEqual([`arn:aws:batch:us-east-1:123456789012:job/${id}`]);
  expect(last.detail).toEqual(JSON.parse(JSON.stringify(stage.job(id))));
});

test('a job that does not fit waits in RUNNABLE until there is room', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(4);
  const first = stage.submit(queue, asking(3, 1024));
  const second = stage.submit(queue, asking(2, 1024));
  await stage.advance(10);
  expect(stage.status(first, second)).toEqual(['RUNNING', 'RUNNABLE']);
  await stage.advance(55);
  expect(stage.status(first, second)).toEqual(['SUCCEEDED', 'STARTING']);
});
