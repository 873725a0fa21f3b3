/** The lease on the DynamoDB of the local AWS, so that its expressions are really evaluated. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { EMPTY_STATE } from '../../../lambda/queue-depth-autoscaler/decide';
import { Lease, StateItem, type StoredState } from '../../../lambda/queue-depth-autoscaler/state-item';
import { DynamoDbService } from '../../../local/dynamodb/dynamodb-service';
import { FaultSchedule } from '../../../local/faults/fault-schedule';
import { DEFAULT_SETTINGS } from '../../../local/settings';
import { Activities } from '../../../local/simulation/activities';
import { Random } from '../../../local/simulation/random';
import { VirtualClock } from '../../../local/simulation/virtual-clock';
import { CallLog } from '../../../local/wire/call-log';
import { clientSettings, InProcessRequestHandler } from '../../../local/wire/in-process';
import { Router } from '../../../local/wire/router';

const TABLE = 'state';
const SECOND = 1000;

let dynamo: DynamoDBClient;
let environments = 0;

beforeAll(async () => {
  const activities = new Activities();
  const world = {
    clock: new VirtualClock(0, activities),
    random: new Random(1),
    settings: DEFAULT_SETTINGS,
    accountId: '123456789012',
    region: 'us-east-1',
    events: { publish: () => {} },
  };
  const router = new Router(world, activities, new FaultSchedule(), new CallLog());
  router.add(new DynamoDbService(world).api);
  dynamo = new DynamoDBClient(
    clientSettings(world.region, new InProcessRequestHandler(router, { principalArn: 'test' })),
  );
  await dynamo.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'computeEnvironment', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'computeEnvironment', KeyType: 'HASH' }],
    }),
  );
});

/** One item, and two functions that see it. */
function pair(): [StateItem, StateItem] {
  const environment = `environment-${++environments}`;
  return [new StateItem(dynamo, TABLE, environment), new StateItem(dynamo, TABLE, environment)];
}

async function taken(item: StateItem, now: number, until = now + 50 * SECOND, triggeredAt = now): Promise<Lease> {
  const lease = await item.acquire(now, until, triggeredAt);
  if (typeof lease === 'string') throw new Error(`The lease is ${lease}`);
  return lease;
}

function stateWith(launchedAt: Record<string, number>, state: StoredState): StoredState {
  return { ...state, launchedAt };
}

test('an environment that was never looked at has an empty state', async () => {
  const [item] = pair();
  expect((await taken(item, 1)).state).toEqual({ autoscaler: EMPTY_STATE, launchedAt: {} });
});

test('what is given back is what the next one finds', async () => {
  const [item, other] = pair();
  const lease = await taken(item, 1);
  const cursor = { queueArn: 'q', status: 'RUNNABLE' as const, nextToken: 't' };
  expect(await lease.release({ state: { ...stateWith({ 'i-1': 5 }, lease.state), cursor }, observedAt: 1 })).toBe(
    false,
  );
  const next = await taken(other, 2);
  expect(next.state.launchedAt).toEqual({ 'i-1': 5 });
  expect(next.state.cursor).toEqual(cursor);
});

test('while it is held nobody else gets it, and the holder is told to look again, once', async () => {
  const [item, other] = pair();
  const lease = await taken(item, 1);
  expect(await other.acquire(2, 100, 2)).toBe('held');
  expect(await other.acquire(3, 100, 3)).toBe('held');
  expect(await lease.release({ state: lease.state, observedAt: 1 })).toBe(true);
  const again = await taken(other, 4);
  expect(await again.release({ state: again.state, observedAt: 4 })).toBe(false);
});

test('a trigger older than the last look is stale', async () => {
  const [item] = pair();
  const lease = await taken(item, 1000);
  await lease.release({ state: lease.state, observedAt: 1000 });
  expect(await item.acquire(2000, 9000, 999)).toBe('stale');
  expect(await item.acquire(2000, 9000, 1000)).toBe('stale');
  expect(await item.acquire(2000, 9000, 1001)).toBeInstanceOf(Lease);
});

test('a look that came to nothing makes no trigger stale', async () => {
  const [item] = pair();
  await (await taken(item, 1000)).release();
  expect(await item.acquire(2000, 9000, 999)).toBeInstanceOf(Lease);
});

test('the lease of one that died runs out; what it still writes is refused', async () => {
  const [item, other] = pair();
  const dead = await taken(item, 0, 50);
  expect(await other.acquire(49, 99, 49)).toBe('held');
  const heir = await taken(other, 50);
  const late = { state: stateWith({ 'i-late': 1 }, dead.state), observedAt: 51 };
  await expect(dead.save(late.state)).rejects.toThrow('ran out');
  await expect(dead.release(late)).rejects.toThrow('ran out');
  await heir.save(stateWith({ 'i-heir': 1 }, heir.state));
  expect((await taken(item, 60 * SECOND)).state.launchedAt).toEqual({ 'i-heir': 1 });
});

test('an item of an older release is completed', async () => {
  const [item] = pair();
  const lease = await taken(item, 1);
  await lease.release({ state: { autoscaler: { drains: { 'i-1': 7 } } } as unknown as StoredState, observedAt: 1 });
  const { state } = await taken(item, 2);
  expect(state.autoscaler.drains).toEqual({ 'i-1': 7 });
  expect(state.autoscaler.idleSince).toEqual({});
  expect(state.launchedAt).toEqual({});
});

test('in any history: one holder at a time, and no trigger is lost', async () => {
  const step = fc.record({
    who: fc.nat(2),
    does: fc.constantFrom('trigger', 'finish', 'die'),
    later: fc.integer({ min: 1, max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const [item] = pair();
      const holders: (Lease | undefined)[] = [];
      let now = 0;
      /** Triggers that nobody has looked after yet. */
      let unanswered = 0;
      for (const { who, does, later } of steps) {
        now += later;
        const holder = holders[who];
        if (does === 'die') holders[who] = undefined;
        else if (does === 'finish' && holder && holder.until > now) {
          const again = await holder.release({ state: holder.state, observedAt: now - 1 });
          expect(again).toBe(unanswered > 0);
          unanswered = 0;
          holders[who] = undefined;
        } else if (does === 'trigger' && !holder) {
          const lease = await item.acquire(now, now + 60, now);
          if (lease === 'held') unanswered++;
          if (lease instanceof Lease) {
            expect(holders.filter((other) => other && other.until > now)).toEqual([]);
            holders[who] = lease;
            unanswered = 0;
          }
        }
      }
    }),
    { numRuns: 40 },
  );
});
