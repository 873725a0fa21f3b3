import { rulesOf } from '../../../local/wire/constraints';

/** The rules that a value breaks. */
function broken(service: string, structure: string, member: string, value: unknown): string[] {
  return rulesOf(`com.amazonaws.${service}`, structure, member)
    .filter(({ holds }) => !holds(value))
    .map(({ text }) => text);
}

const LAYER = 'arn:aws:lambda:us-east-1:123456789012:layer:a:1';

test.each([
  ['scheduler', 'CreateScheduleInput', 'Name', 'nightly_1.x'],
  ['scheduler', 'RetryPolicy', 'MaximumRetryAttempts', 185],
  ['lambda', 'CreateFunctionRequest', 'Layers', [LAYER, LAYER]],
  ['lambda', 'Environment', 'Variables', { TABLE_1: '' }],
  ['autoscaling', 'CreateAutoScalingGroupType', 'HealthCheckGracePeriod', -1],
  ['eventbridge', 'PutRuleRequest', 'Description', '漢🚀'],
  ['ssm', 'PutParameterRequest', 'Type', 'String'],
])('%s: %s.%s may be %j', (service, structure, member, value) => {
  expect(broken(service, structure, member, value)).toEqual([]);
});

test.each([
  [
    'scheduler',
    'CreateScheduleInput',
    'Name',
    'a b',
    ['Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+'],
  ],
  [
    'scheduler',
    'CreateScheduleInput',
    'Name',
    '',
    [
      'Member must have length greater than or equal to 1',
      'Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+',
    ],
  ],
  ['scheduler', 'RetryPolicy', 'MaximumRetryAttempts', 186, ['Member must have value less than or equal to 185']],
  ['scheduler', 'RetryPolicy', 'MaximumRetryAttempts', -1, ['Member must have value greater than or equal to 0']],
  [
    'ssm',
    'PutParameterRequest',
    'Type',
    'Text',
    ['Member must satisfy enum value set: [String, StringList, SecureString]'],
  ],
  ['eventbridge', 'PutEventsRequest', 'Entries', [], ['Member must have length greater than or equal to 1']],
  [
    'lambda',
    'Environment',
    'Variables',
    { 'TABLE-1': '' },
    [
      'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]',
    ],
  ],
  [
    'eventbridge',
    'RemoveTargetsRequest',
    'Ids',
    ['ok', 'not ok'],
    [
      'Member must satisfy constraint: [Member must have length less than or equal to 64, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+, Member must not be null]',
    ],
  ],
])('%s: %s.%s may not be %j', (service, structure, member, value, rules) => {
  expect(broken(service, structure, member, value)).toEqual(rules);
});

test('a page has at least one item, also where no model says so', () => {
  expect(broken('batch', 'ListJobsRequest', 'maxResults', 0)).toEqual([
    'Member must have value greater than or equal to 1',
  ]);
});
