import * as fc from 'fast-check';
import { FifoOrder } from '../../../local/batch/scheduling/fifo-order';
import { PositionHistory } from '../../../local/batch/scheduling/position-history';
import { Shapes } from '../../../local/batch/scheduling/shape';
import type { Job } from '../../../local/batch/model';

const shapes = new Shapes();

/** As much of a job as the order looks at. */
function job(order: number, group: number): Job {
  const shape = shapes.of({ vcpus: group, memoryMiB: 1, gpus: 0 });
  return { order, spec: { groupKey: String(group), shape } } as Job;
}

const jobs = fc.uniqueArray(fc.record({ order: fc.integer({ min: 1, max: 1000 }), group: fc.nat(5) }), {
  selector: ({ order }) => order,
  maxLength: 60,
});

test('jobs are offered by their order; of a group that is refused only the first', () => {
  fc.assert(
    fc.property(jobs, fc.array(fc.nat(5)), fc.nat(100), (entries, refusedGroups, blockedAt) => {
      const order = new FifoOrder();
      for (const { order: at, group } of entries) order.add(job(at, group));
      const sorted = [...entries].sort((a, b) => a.order - b.order);
      expect(order.front(10).map((one) => one.order)).toEqual(sorted.slice(0, 10).map((entry) => entry.order));

      const expected: number[] = [];
      const refused = new Set<number>();
      for (const { order: at, group } of sorted) {
        if (refused.has(group)) continue;
        expected.push(at);
        if (at > blockedAt * 10) break;
        if (refusedGroups.includes(group)) refused.add(group);
      }
      const offered: number[] = [];
      order.dispatch((one) => {
        offered.push(one.order);
        if (one.order > blockedAt * 10) return 'blocked';
        if (refusedGroups.includes(one.spec.shape.vcpus)) return 'refused';
        order.remove(one);
        return 'started';
      });
      expect(offered).toEqual(expected);
      const started = offered.filter((at) => {
        const { group } = entries.find((entry) => entry.order === at)!;
        return at <= blockedAt * 10 && !refusedGroups.includes(group);
      });
      expect(order.size).toBe(entries.length - started.length);
    }),
  );
});

test('removing what is not there changes nothing', () => {
  const order = new FifoOrder();
  order.add(job(1, 0));
  order.remove(job(2, 0));
  order.remove(job(1, 1));
  expect(order.size).toBe(1);
});

test('a position is held since the last job before it came or went', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 100 }), fc.nat(60), (changes, asked) => {
      const history = new PositionHistory();
      changes.forEach((order, at) => history.changed(order, at));
      const last = changes.findLastIndex((order) => order < asked);
      expect(history.lastChangeBefore(asked)).toBe(last === -1 ? undefined : last);
    }),
  );
});
