import * as fc from 'fast-check';
import type { EventFaultPlan } from '../../../local/faults/fault-plan';
import { FaultSchedule } from '../../../local/faults/fault-schedule';

function deliveries(events: EventFaultPlan, count = 1000): (readonly number[])[] {
  const faults = new FaultSchedule();
  faults.set({ events });
  return Array.from({ length: count }, () => faults.deliveries());
}

test('without a plan everything goes well', () => {
  const faults = new FaultSchedule();
  expect(faults.fate('batch', 'SubmitJob', 'controller')).toEqual({});
  expect(faults.deliveries()).toEqual([0]);
  expect(faults.failure('autoscaling:pool')).toBeUndefined();
  expect(faults.neverRegister('autoscaling:pool')).toBe(false);
});

test('events are lost, doubled, late and overtaken as often as the plan says', () => {
  const share = (of: (copies: readonly number[]) => boolean, all: (readonly number[])[]): number =>
    all.filter(of).length / all.length;
  expect(share((copies) => copies.length === 0, deliveries({ lose: 0.2 }))).toBeCloseTo(0.2, 1);
  expect(share((copies) => copies.length === 2, deliveries({ double: 0.2 }))).toBeCloseTo(0.2, 1);
  expect(share(([late]) => late! > 0, deliveries({ reorder: 0.2 }))).toBeCloseTo(0.2, 1);
  const late = deliveries({ delaySeconds: 60 }).map(([milliseconds]) => milliseconds!);
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...late)).toBeLessThanOrEqual(60_000);
  expect(Math.max(...late)).toBeGreaterThan(55_000);
});

test('more calls do not change what happens to events', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.nat(5), { maxLength: 20 }), (seed, callsBetween) => {
      const run = (calls: boolean): (readonly number[])[] => {
        const faults = new FaultSchedule();
        faults.set({ seed, throttle: { '*': 0.5 }, events: { lose: 0.3, double: 0.3, delaySeconds: 60 } });
        return callsBetween.map((count) => {
          for (let i = 0; calls && i < count; i++) faults.fate('batch', 'ListJobs', undefined);
          return faults.deliveries();
        });
      };
      expect(run(true)).toEqual(run(false));
    }),
  );
});

test('launch faults name pools by what was launched for: a group, an environment, or all', () => {
  const faults = new FaultSchedule();
  faults.set({
    launch: { pool: 'InsufficientInstanceCapacity', 'batch:environment': 'VcpuLimitExceeded' },
    neverRegister: ['pool'],
  });
  expect(faults.failure('autoscaling:pool')).toBe('InsufficientInstanceCapacity');
  expect(faults.failure('batch:environment')).toBe('VcpuLimitExceeded');
  expect(faults.failure('autoscaling:other')).toBeUndefined();
  expect([faults.neverRegister('autoscaling:pool'), faults.neverRegister('autoscaling:other')]).toEqual([true, false]);
  faults.set({ launch: { '*': 'InsufficientInstanceCapacity' }, neverRegister: ['*'] });
  expect(faults.failure('autoscaling:other')).toBe('InsufficientInstanceCapacity');
  expect(faults.neverRegister('autoscaling:other')).toBe(true);
});
