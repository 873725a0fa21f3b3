/** The lease on the DynamoDB of the local AWS, so that its expressions are really evaluated. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { Lease, type Reading, type StateItem } from '../../../lambda/dynamodb/state-item';
import { EMPTY_STATE } from '../../../lambda/queue-depth-autoscaler/decide';
import { stateItem, type StoredState } from '../../../lambda/queue-depth-autoscaler/state';
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
function pair(): [StateItem<StoredState>, StateItem<StoredState>] {
  const environment = `environment-${++environments}`;
  return [stateItem(dynamo, TABLE, environment), stateItem(dynamo, TABLE, environment)];
}

function outcome(observedAt: number, launchedAt: Record<string, number> = {}) {
  return { observedAt, state: { autoscaler: EMPTY_STATE, launchedAt } };
}

async function taken(
  item: StateItem<StoredState>,
  reading: Reading<StoredState>,
  observedAt = 1,
  until = 1000,
): Promise<Lease> {
  const lease = await item.take(reading, outcome(observedAt), until);
  if (!lease) throw new Error('The lease was not to be had');
  return lease;
}

test('an environment that was never looked at has an empty state', async () => {
  const [item] = pair();
  expect(await item.read()).toEqual({
    state: { autoscaler: EMPTY_STATE, launchedAt: {} },
    observedAt: 0,
    leaseUntil: 0,
    version: 0,
    text: undefined,
  });
});

test('what is kept is what the next one reads', async () => {
  const [item, other] = pair();
  const cursor = { queueArn: 'q', status: 'RUNNABLE' as const, nextToken: 't' };
  const { state } = outcome(7, { 'i-1': 5 });
  expect(await item.keep(await item.read(), { observedAt: 7, state: { ...state, cursor } })).toBe(true);
  expect(await other.read()).toMatchObject({
    state: { launchedAt: { 'i-1': 5 }, cursor },
    observedAt: 7,
    leaseUntil: 0,
  });
});

test('what has not changed is not written again', async () => {
  const [item] = pair();
  await item.keep(await item.read(), outcome(7));
  const before = await item.read();
  expect(await item.keep(before, outcome(8))).toBe(true);
  expect(await item.read()).toEqual(before);
});

test('of those who decided on the same reading one acts; the others learn that they may not', async () => {
  const [item, other] = pair();
  const mine = await item.read();
  const theirs = await other.read();
  const lease = await taken(item, mine, 5, 100);
  expect(await other.take(theirs, outcome(6), 100)).toBeUndefined();
  expect(await other.keep(theirs, outcome(6, { 'i-1': 1 }))).toBe(false);
  expect(await other.read()).toMatchObject({ observedAt: 5, leaseUntil: 100 });
  expect(await lease.release()).toBe(false);
  expect(await other.read()).toMatchObject({ observedAt: 5, leaseUntil: 0 });
});

test('a reading is worth nothing once somebody else has acted and finished', async () => {
  const [item, other] = pair();
  const early = await other.read();
  await (await taken(item, await item.read())).release();
  expect(await other.take(early, outcome(9), 100)).toBeUndefined();
  expect(await other.take(await other.read(), outcome(9), 100)).toBeInstanceOf(Lease);
});

test('who acts is told, once, that a trigger came meanwhile', async () => {
  const [item, other] = pair();
  const lease = await taken(item, await item.read());
  expect(await other.markDirty(await other.read())).toBe(true);
  expect(await other.markDirty(await other.read())).toBe(true);
  expect(await lease.release()).toBe(true);
  expect(await (await taken(item, await item.read())).release()).toBe(false);
});

test('a trigger that comes when the lease has just been given back has to look itself', async () => {
  const [item, other] = pair();
  const lease = await taken(item, await item.read());
  const held = await other.read();
  await lease.release();
  expect(await other.markDirty(held)).toBe(false);
});

test('the lease of one that died can be taken over; what the dead one still does is refused', async () => {
  const [item, other] = pair();
  const dead = await taken(item, await item.read());
  const heir = await taken(other, await other.read());
  await expect(dead.release()).rejects.toThrow('ran out');
  expect(await heir.release()).toBe(false);
});

test('an item of an older release is completed', async () => {
  const [item] = pair();
  const state = { autoscaler: { drains: { 'i-1': 7 } } } as unknown as StoredState;
  await item.keep(await item.read(), { state, observedAt: 1 });
  const read = (await item.read()).state;
  expect(read.autoscaler.drains).toEqual({ 'i-1': 7 });
  expect(read.autoscaler.idleSince).toEqual({});
  expect(read.launchedAt).toEqual({});
});

test('in any history: one acts at a time, and no trigger is lost', async () => {
  const step = fc.record({
    who: fc.nat(2),
    does: fc.constantFrom('read', 'take', 'release', 'die'),
    later: fc.integer({ min: 1, max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const [item] = pair();
      const readings: (Reading<StoredState> | undefined)[] = [];
      const holders: ({ lease: Lease; until: number } | undefined)[] = [];
      let now = 0;
      /** Triggers that the one who acts has been told of. */
      let told = 0;
      for (const { who, does, later } of steps) {
        now += later;
        const holder = holders[who];
        if (does === 'die') holders[who] = readings[who] = undefined;
        else if (does === 'read' && !holder) {
          const reading = await item.read();
          const held = reading.leaseUntil > now;
          if (holders.some((other) => other && other.until > now)) expect(held).toBe(true);
          if (!held) readings[who] = reading;
          else if (await item.markDirty(reading)) told++;
        } else if (does === 'take' && !holder && readings[who]) {
          const until = now + 60;
          const lease = await item.take(readings[who], outcome(now), until);
          readings[who] = undefined;
          if (!lease) continue;
          expect(holders.filter((other) => other && other.until > now)).toEqual([]);
          holders[who] = { lease, until };
        } else if (does === 'release' && holder && holder.until > now) {
          const again = await holder.lease.release();
          if (told > 0) expect(again).toBe(true);
          told = 0;
          holders[who] = undefined;
        }
      }
    }),
    { numRuns: 40 },
  );
});
