import fc from 'fast-check';
import { decide } from '../../../../lambda/queue-depth-autoscaler/decide';
import type { Decision, InstanceObservation, Observation } from '../../../../lambda/queue-depth-autoscaler/model';
import { fits } from '../../../../lambda/queue-depth-autoscaler/plan/resources';
import type { PoolConfig } from '../../../../lib/autoscaling/config';
import { type Given, givenArbitrary, LATER } from './arbitraries';
import { FULL, instance, NOW } from './situation';

const decideOn = ({ config, observation, state }: Given): Decision => decide(config, observation, state);
const noSpares = { spares: fc.constant(0) };

function instancesById({ pools }: Observation): Map<string, InstanceObservation> {
  return new Map(pools.flatMap(({ instances }) => instances.map((one) => [one.instanceId, one])));
}

/** What the group wants once the decision is carried out, terminations aside. */
function desiredAfter({ observation, config }: Given, { launches, resets }: Decision): Map<string, number> {
  return new Map(
    config.pools.map(({ name }) => {
      const { desired, instances } = observation.pools.find((pool) => pool.name === name)!;
      const live = instances.filter(({ lifecycle }) => lifecycle !== 'Terminating').length;
      const from = resets.find(({ pool }) => pool === name)?.desired ?? Math.max(desired, live);
      return [name, from + (launches.find(({ pool }) => pool === name)?.count ?? 0)];
    }),
  );
}

test('never asks for more instances than a pool may have', () => {
  fc.assert(
    fc.property(givenArbitrary(), (given) => {
      const decision = decideOn(given);
      const after = desiredAfter(given, decision);
      for (const { pool, count } of decision.launches) {
        const { maxInstances } = given.config.pools.find(({ name }) => name === pool)!;
        const { max } = given.observation.pools.find(({ name }) => name === pool)!;
        expect(count).toBeGreaterThan(0);
        expect(after.get(pool)).toBeLessThanOrEqual(Math.min(maxInstances, max));
      }
    }),
  );
});

test('terminates only what has no jobs and was drained by us long enough ago, or never registered', () => {
  fc.assert(
    fc.property(givenArbitrary(), (given) => {
      const seen = instancesById(given.observation);
      for (const { instanceId } of decideOn(given).terminations) {
        const { container, launchedAt } = seen.get(instanceId)!;
        const drainedAt = given.state.drains[instanceId];
        if (container === undefined) {
          expect(drainedAt !== undefined || NOW - launchedAt >= 600_000).toBe(true);
        } else {
          expect(container).toMatchObject({ status: 'DRAINING', jobs: 0 });
          expect(NOW - drainedAt!).toBeGreaterThanOrEqual(60_000);
        }
      }
    }),
  );
});

test('does at most one thing to an instance, and only to instances that are there', () => {
  fc.assert(
    fc.property(givenArbitrary(), (given) => {
      const seen = instancesById(given.observation);
      const { drains, undrains, terminations } = decideOn(given);
      const touched = [...drains, ...undrains, ...terminations].map(({ instanceId }) => instanceId);
      expect(new Set(touched).size).toBe(touched.length);
      for (const id of touched) expect(seen.get(id)?.lifecycle).not.toBe('Terminating');
      for (const { instanceId } of undrains) expect(given.state.drains).toHaveProperty([instanceId]);
    }),
  );
});

test('removes nothing for lack of demand that was not all read', () => {
  fc.assert(
    fc.property(givenArbitrary(), (given) => {
      const decision = decideOn({ ...given, observation: { ...given.observation, demandComplete: false } });
      const seen = instancesById(given.observation);
      expect(decision.drains).toEqual([]);
      for (const { instanceId } of decision.terminations) expect(seen.get(instanceId)!.container).toBeUndefined();
    }),
  );
});

test('launches nothing beyond the vCPUs of the environment', () => {
  fc.assert(
    fc.property(givenArbitrary(), fc.integer({ min: 1, max: 100 }), (given, maxvCpus) => {
      const decision = decideOn({ ...given, config: { ...given.config, maxvCpus } });
      const after = desiredAfter(given, decision);
      const vcpus = given.config.pools.map(({ name, capacity }) => after.get(name)! * capacity.vcpus);
      const total = vcpus.reduce((sum, one) => sum + one, 0);
      if (decision.launches.length > 0) expect(total).toBeLessThanOrEqual(maxvCpus);
    }),
  );
});

test('misfits change nothing but what is reported', () => {
  fc.assert(
    fc.property(givenArbitrary(), fc.nat(20), (given, place) => {
      const misfit = {
        queueArn: 'urgent',
        jobId: 'misfit',
        count: 7,
        resources: { vcpus: 1, memoryMiB: 10_000_000, gpus: 0 },
      };
      const { demand } = given.observation;
      const withMisfit = { ...given.observation, demand: [...demand.slice(0, place), misfit, ...demand.slice(place)] };
      const { misfits: _, ...without } = decideOn(given);
      const { misfits, ...decision } = decideOn({ ...given, observation: withMisfit });
      expect(decision).toEqual(without);
      expect(misfits).toContainEqual(expect.objectContaining({ jobId: 'misfit', count: 7 }));
    }),
  );
});

/** Whether Auto Scaling shows all that it was asked for. */
function showsAll({ observation }: Given): boolean {
  return observation.pools.every(({ desired, instances }) => desired <= instances.length);
}

/** With large instances up, new ones may be launched although there is room: small jobs would keep the large. */
function fromZero(given: Given): Given {
  const pools = given.observation.pools.map((pool) => ({ ...pool, desired: 0, instances: [] }));
  return { ...given, observation: { ...given.observation, pools } };
}

test('launches nothing more while what it launched is on its way', () => {
  fc.assert(
    fc.property(givenArbitrary({ plain: true }).filter(showsAll), fc.boolean(), (given, shown) => {
      const { observation } = given;
      const first = decideOn(given);
      const after = desiredAfter(given, first);
      const pools = observation.pools.map((pool) => {
        const desired = after.get(pool.name)!;
        const config = given.config.pools.find(({ name }) => name === pool.name)!;
        return { ...pool, desired, instances: shown ? withBooting(pool.instances, desired, config) : pool.instances };
      });
      const again = decideOn({ ...given, observation: { ...observation, pools }, state: first.state });
      expect(again.launches).toEqual([]);
      expect(again.unplaced).toEqual(first.unplaced);
    }),
  );
});

function withBooting(before: readonly InstanceObservation[], count: number, of: PoolConfig): InstanceObservation[] {
  const fresh = Array.from({ length: count - before.length }, (_, index) =>
    instance(`${of.name}-fresh-${index}`, of, { lifecycle: 'Pending', launchedAt: NOW, container: undefined }),
  );
  return [...before, ...fresh];
}

test('every job that fits a pool gets capacity, or the reason why it gets none is true', () => {
  fc.assert(
    fc.property(givenArbitrary(noSpares), (given) => {
      const decision = decideOn(given);
      const after = desiredAfter(given, decision);
      for (const { requested, reason } of decision.unplaced) {
        const holders = given.config.pools.filter(({ capacity }) => fits(requested, capacity));
        const allowed = holders.filter(
          (pool) => requested.gpus > 0 || pool.capacity.gpus === 0 || pool.opensForCpuJobs,
        );
        expect(holders.length).toBeGreaterThan(0);
        expect(reason).toBe(allowed.length === 0 ? 'gpu-pools-only' : 'pool-maximum');
        for (const { name, maxInstances } of allowed) {
          const { max } = given.observation.pools.find((pool) => pool.name === name)!;
          expect(after.get(name)).toBeGreaterThanOrEqual(Math.min(maxInstances, max));
        }
      }
    }),
  );
});

test('from zero, what it launches has room for what nothing else has room for', () => {
  fc.assert(
    fc.property(givenArbitrary(noSpares).map(fromZero), (given) => {
      const { observation, config } = given;
      const without = { ...observation, pools: observation.pools.map((pool) => ({ ...pool, max: 0 })) };
      // With nothing to be launched, as many jobs as the launches were made for get nothing.
      const { launches, unplaced } = decideOn(given);
      const lacking = decideOn({ ...given, observation: without }).unplaced;
      const jobs = (groups: readonly { count: number }[]) => groups.reduce((sum, { count }) => sum + count, 0);
      if (launches.length > 0) expect(jobs(lacking)).toBeGreaterThan(jobs(unplaced));
      for (const { pool } of launches) {
        const { capacity } = config.pools.find(({ name }) => name === pool)!;
        expect(observation.demand.some(({ resources }) => fits(resources, capacity))).toBe(true);
      }
    }),
  );
});

test('with nothing waiting and every instance at work, time alone changes nothing', () => {
  fc.assert(
    fc.property(givenArbitrary({ plain: true, ...noSpares }), fc.constantFrom(...LATER), (given, later) => {
      const pools = given.observation.pools.map((pool) => {
        const instances = pool.instances.map((one) => {
          const of = given.config.pools.find(({ name }) => name === pool.name)!;
          return instance(one.instanceId, of, { launchedAt: one.launchedAt, container: FULL });
        });
        return { ...pool, instances, desired: instances.length };
      });
      const observation = { ...given.observation, demand: [], pools };
      const first = decideOn({ ...given, observation, state: given.state });
      const drained = new Set(first.drains.map(({ instanceId }) => instanceId));
      const settled = pools.map((pool) => ({
        ...pool,
        instances: pool.instances.map((one) =>
          drained.has(one.instanceId) ? { ...one, container: { ...one.container!, status: 'DRAINING' as const } } : one,
        ),
      }));
      const { state: _, ...nothing } = decideOn({
        ...given,
        observation: { ...observation, pools: settled, time: later },
        state: first.state,
      });
      expect(Object.values(nothing).flat()).toEqual([]);
    }),
  );
});

test('decides the same for the same, and changes nothing that it is given', () => {
  fc.assert(
    fc.property(givenArbitrary(), (given) => {
      const copy = structuredClone(given);
      const decision = decideOn(given);
      expect(given).toEqual(copy);
      expect(decideOn(copy)).toEqual(decision);
    }),
  );
});
