import * as fc from 'fast-check';
import { Activities } from '../../../local/simulation/activities';
import { VirtualClock } from '../../../local/simulation/virtual-clock';

const clockAt = (start: number) => new VirtualClock(start, new Activities());

describe('VirtualClock', () => {
  test('runs what is due in order of time, then of scheduling', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 })), async (times) => {
        const clock = clockAt(0);
        const ran: [number, number][] = [];
        times.forEach((time, index) => clock.at(time, () => void ran.push([clock.now(), index])));
        await clock.runUntil(20);
        const expected = times
          .map((time, index): [number, number] => [time, index])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(ran).toEqual(expected);
      }),
    );
  });

  test('leaves what is due later', async () => {
    const clock = clockAt(0);
    let ran = false;
    clock.at(11, () => void (ran = true));
    await clock.runUntil(10);
    expect([clock.now(), ran, clock.next()]).toEqual([10, false, 11]);
  });

  test('does not run what was cancelled, and forgets it', async () => {
    const clock = clockAt(0);
    let ran = false;
    clock.at(5, () => void (ran = true)).cancel();
    expect(clock.next()).toBeUndefined();
    await clock.advance(10);
    expect(ran).toBe(false);
  });

  test('runs what an action schedules for the same instant within the same run', async () => {
    const clock = clockAt(100);
    const ran: string[] = [];
    clock.at(110, () => {
      clock.at(50, () => void ran.push(`past, now ${clock.now()}`));
      clock.after(0, () => void ran.push(`now ${clock.now()}`));
    });
    await clock.runUntil(110);
    expect(ran).toEqual(['past, now 110', 'now 110']);
  });

  test('refuses to be run while it runs', async () => {
    const clock = clockAt(0);
    const inner: Promise<void>[] = [];
    clock.at(1, () => void inner.push(clock.runUntil(5)));
    await clock.runUntil(1);
    await expect(inner[0]).rejects.toThrow('already running');
  });

  test('can be run again after an action has failed', async () => {
    const clock = clockAt(0);
    clock.at(1, () => {
      throw new Error('no');
    });
    await expect(clock.runUntil(2)).rejects.toThrow('no');
    await clock.runUntil(3);
    expect(clock.now()).toBe(3);
  });

  test('runs until a condition holds, and stops at the event that makes it hold', async () => {
    const clock = clockAt(0);
    let count = 0;
    const tick = (): void => {
      count++;
      clock.after(10, tick);
    };
    clock.after(10, tick);
    expect(await clock.runUntilHolds(() => count === 3, 1000)).toBe(true);
    expect(clock.now()).toBe(30);
  });

  test('stops at the deadline when a condition never holds', async () => {
    const clock = clockAt(0);
    clock.at(2000, () => {});
    expect(await clock.runUntilHolds(() => false, 1000)).toBe(false);
    expect(clock.now()).toBe(1000);
  });
});
