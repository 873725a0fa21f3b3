import { Stage } from './stage';

const tagsOf = (stage: Stage, resourceArn: string) =>
  stage.call<{ tags: Record<string, string> }>('ListTagsForResource', { resourceArn }).tags;

test('environments, queues, policies, definitions, jobs and consumable resources can be tagged', async () => {
  const stage = new Stage();
  const { environment, queue } = await stage.small();
  const { arn: policy } = stage.call<{ arn: string }>('CreateSchedulingPolicy', { name: 'p', tags: { made: 'so' } });
  const { consumableResourceArn } = stage.call<{ consumableResourceArn: string }>('CreateConsumableResource', {
    consumableResourceName: 'r',
    tags: { made: 'so' },
  });
  const jobDefinition = stage.define({}, { tags: { made: 'so' } });
  const id = stage.submit(queue, { jobDefinition, tags: { made: 'so' } });
  const job = stage.job(id);
  const arns = [job.jobArn!, job.jobDefinition!, policy, consumableResourceArn];
  for (const resourceArn of arns) {
    stage.call('TagResource', { resourceArn, tags: { team: 'a', made: 'otherwise' } });
    expect(tagsOf(stage, resourceArn)).toEqual({ team: 'a', made: 'otherwise' });
    stage.call('UntagResource', { resourceArn, tagKeys: ['team', 'none'] });
    expect(tagsOf(stage, resourceArn)).toEqual({ made: 'otherwise' });
  }
  const plain = [stage.environmentDetail(environment).computeEnvironmentArn!, stage.queueDetail(queue).jobQueueArn!];
  for (const resourceArn of plain) {
    stage.call('TagResource', { resourceArn, tags: { team: 'a' } });
    expect(tagsOf(stage, resourceArn)).toEqual({ team: 'a' });
  }
  expect(stage.job(id).tags).toEqual({ made: 'otherwise' });
});

test('children of arrays, and what does not exist, cannot be tagged; 50 tags are the most', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  const parent = stage.submit(queue, { arrayProperties: { size: 2 }, tags: { a: 'b' } });
  await stage.advance(1);
  const resourceArn = stage.job(parent).jobArn!;
  const refusal = (target: string, tags = {}) => stage.refusal('TagResource', { resourceArn: target, tags });
  expect(refusal(`${resourceArn}:0`)).toContain('cannot be tagged');
  expect(refusal('arn:aws:batch:us-east-1:123456789012:job-queue/none')).toContain('does not exist');
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, '']));
  expect(refusal(resourceArn, many)).toContain('at most 50 tags');
});
