import { parseQuery, QuerySyntaxError } from '../../../local/ecs/cluster-query';

type Item = Readonly<Record<string, string | string[]>>;

const item: Item = {
  'attribute:ecs.instance-type': 'g5.xlarge',
  'attribute:ecs.availability-zone': 'us-east-1a',
  ec2InstanceId: 'i-abcd1234',
  agentConnected: 'true',
  agentVersion: '1.101.0',
  registeredAt: '2026-01-01T00:01:30.000Z',
  runningTasksCount: '9',
  'task:group': ['job-a', 'job-b'],
};

const holds = (query: string): boolean => parseQuery<Item>(query, (one, subject) => [one[subject] ?? []].flat())(item);

test.each([
  ['attribute:ecs.instance-type == g5.xlarge', true],
  ['attribute:ecs.instance-type == g5', false],
  ['attribute:ecs.instance-type =~ g5.*', true],
  ['attribute:ecs.instance-type !~ g5.*', false],
  ['attribute:ecs.instance-type =~ g5.* and attribute:ecs.availability-zone != us-east-1d', true],
  ["ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", true],
  ['ec2InstanceId in [i-1,i-2]', false],
  ['ec2InstanceId !in [i-1,i-2]', true],
  ['ec2InstanceId not_in [i-1]', true],
  ['agentConnected equals true', true],
  ['agentVersion < 1.14.5', false],
  ['agentVersion >= 1.101', true],
  ['registeredAt < 2026-01-02', true],
  ['registeredAt > 2026-01-01T00:01:00Z', true],
  ['runningTasksCount == 9', true],
  ['runningTasksCount < 10', true],
  ['task:group == job-b', true],
  ['not(task:group == job-c)', true],
  ['!(task:group == job-a)', false],
  ['attribute:stack exists', false],
  ['attribute:stack !exists', true],
  ['agentConnected == false || runningTasksCount > 5', true],
  ['agentConnected == false or runningTasksCount > 5 and agentVersion == 2.0.0', false],
  ['(agentConnected == true or runningTasksCount > 50) and agentVersion == 2.0.0', false],
])('%s: %s', (query, expected) => {
  expect(holds(query)).toBe(expected);
});

test.each([
  '',
  'ec2InstanceId',
  'ec2InstanceId ==',
  'ec2InstanceId in [a',
  '(a == b',
  'a == b c',
  '== a',
  'a == b and',
  "a == 'b",
])('%j is no query', (query) => {
  expect(() => holds(query)).toThrow(QuerySyntaxError);
});
