import { UNSCOPED_ACTIONS } from '../../lib/permissions/unscoped-actions';
import { resourceTypesOf } from './authorization';
import { allowed, allowedBy } from './recording';
import type { RecordedRequest, Statement } from './recording';
import { play } from './scenario';

let requests: readonly RecordedRequest[];
let statements: ReadonlyMap<string, readonly Statement[]>;
beforeAll(async () => {
  const recording = await play();
  requests = await recording.requests();
  statements = recording.statements();
});

/** Those of many, asked one after the other, that something holds of. */
async function filterAsync<T>(all: readonly T[], holds: (one: T) => Promise<boolean>): Promise<T[]> {
  const found: T[] = [];
  for (const one of all) if (await holds(one)) found.push(one);
  return found;
}

function grants(): { role: string; statement: Statement; action: string }[] {
  return [...statements].flatMap(([role, own]) =>
    own.flatMap((statement) => [statement.Action].flat().map((action) => ({ role, statement, action }))),
  );
}

test('every call is allowed when it is made', async () => {
  const denied = await filterAsync(requests, async (request) => !(await allowed(request, request.policies)));
  expect(denied.map(({ role, action, resource }) => `${role}: ${action} on ${resource}`)).toEqual([]);
});

test('every action that a statement grants is used by a call', async () => {
  const unused = await filterAsync(grants(), async ({ role, statement, action }) => {
    const candidates = requests.filter((request) => request.role === role && request.action === action);
    for (const request of candidates) if (await allowedBy(statement, action, request)) return false;
    return true;
  });
  expect(unused.map(({ role, statement, action }) => `${role}: ${action} on ${String(statement.Resource)}`)).toEqual(
    [],
  );
});

test('on all resources only what AWS knows no resource for is allowed, each with its reason', async () => {
  const unscoped = grants().filter(({ statement }) => [statement.Resource].flat().includes('*'));
  const actions = [...new Set(unscoped.map(({ action }) => action))].sort();
  expect(actions).toEqual(Object.keys(UNSCOPED_ACTIONS).sort());
  const scopable = await filterAsync(actions, async (action) => (await resourceTypesOf(action)).length > 0);
  expect(scopable).toEqual([]);
});

test('instances serve no cluster but their own', async () => {
  const agents = requests.filter(
    ({ role, resource }) => role.includes('InstanceRole') && resource.startsWith('arn:aws:ecs:'),
  );
  expect(new Set(agents.map(({ action }) => action)).size).toBeGreaterThanOrEqual(5);
  const other = (resource: string) => resource.replace(/(cluster|container-instance)\/[^/]+/, '$1/another');
  const open = await filterAsync(agents, (request) =>
    allowed({ ...request, resource: other(request.resource) }, request.policies),
  );
  expect(open.map(({ role, action, resource }) => `${role}: ${action} on ${other(resource)}`)).toEqual([]);
});

test('a call without its grant is refused', async () => {
  const [request] = requests;
  expect(await allowed(request!, new Map())).toBe(false);
});
