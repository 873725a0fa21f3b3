import { Activities } from '../../../local/simulation/activities';
import { Random } from '../../../local/simulation/random';
import { VirtualClock } from '../../../local/simulation/virtual-clock';

function simulation() {
  const activities = new Activities();
  return { activities, clock: new VirtualClock(0, activities) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('Activities', () => {
  test('the clock does not move past an instant at which code still works', async () => {
    const { activities, clock } = simulation();
    const seen: string[] = [];
    clock.at(1, () => {
      const activity = activities.begin('function');
      void (async () => {
        for (let i = 0; i < 10; i++) await turn();
        seen.push(`worked at ${clock.now()}`);
        await activity.sleep(clock, 100);
        seen.push(`woke at ${clock.now()}`);
        activity.end();
      })();
    });
    clock.at(2, () => void seen.push(`other at ${clock.now()}`));
    await clock.runUntil(200);
    expect(seen).toEqual(['worked at 1', 'other at 2', 'woke at 101']);
  });

  test('the clock waits for work of the local AWS itself', async () => {
    const { activities, clock } = simulation();
    const seen: string[] = [];
    clock.at(1, () => {
      void activities
        .working(turn().then(turn).then(turn).then(turn))
        .then(() => seen.push(`stored at ${clock.now()}`));
    });
    clock.at(5, () => void seen.push('later'));
    await clock.runUntil(5);
    expect(seen).toEqual(['stored at 1', 'later']);
  });

  test('failed work does not hold the clock', async () => {
    const { activities, clock } = simulation();
    await expect(activities.working(Promise.reject(new Error('no')))).rejects.toThrow('no');
    await clock.runUntil(10);
    expect(clock.now()).toBe(10);
  });

  test('an activity that sleeps in one branch and works in another holds the clock until the work is done', async () => {
    const { activities, clock } = simulation();
    const seen: string[] = [];
    const activity = activities.begin('function');
    const branch = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) await activity.awaiting(activities.working(turn()));
      seen.push(`read at ${clock.now()}`);
    };
    void Promise.all([activity.sleep(clock, 50), branch()]).then(() => activity.end());
    clock.at(1, () => void seen.push('other'));
    await clock.runUntil(100);
    expect(seen).toEqual(['read at 0', 'other']);
    expect(activities.unsettled()).toBe(false);
  });

  test('an activity that waits for another does not hold the clock', async () => {
    const { activities, clock } = simulation();
    const callee = activities.begin('callee');
    const answer = callee.sleep(clock, 1000).then(() => {
      callee.end();
      return 'done';
    });
    const caller = activities.begin('caller');
    let received = '';
    void caller.awaiting(answer).then((value) => {
      received = `${value} at ${clock.now()}`;
      caller.end();
    });
    await clock.runUntil(2000);
    expect(received).toBe('done at 1000');
  });

  test('an ended activity never continues', async () => {
    const { activities, clock } = simulation();
    const activity = activities.begin('function');
    let continued = false;
    const go = (): void => void (continued = true);
    void activity.sleep(clock, 10).then(go);
    activity.awaiting(Promise.reject(new Error('late'))).then(go, go);
    activity.end();
    await clock.runUntil(20);
    expect([continued, activity.ended(), activities.unsettled()]).toEqual([false, true, false]);
  });

  test('who awaits the end of an activity acts on it at that instant, also when a timer brings the end', async () => {
    const { activities, clock } = simulation();
    const activity = activities.begin('function');
    void activity.sleep(clock, 1000);
    const seen: string[] = [];
    const outcome = new Promise<void>((resolve) => {
      clock.at(10, () => {
        activity.end();
        resolve();
      });
    });
    void outcome.then(() => undefined).then(() => seen.push(`acted at ${clock.now()}`));
    clock.at(11, () => void seen.push('later'));
    await clock.runUntil(20);
    expect(seen).toEqual(['acted at 10', 'later']);
  });

  test('code that waits for what never comes does not hold the clock for ever', async () => {
    const { activities, clock } = simulation();
    const activity = activities.begin('hangs');
    clock.at(1000, () => activity.end());
    await clock.runUntil(2000);
    expect(activity.ended()).toBe(true);
  });

  test('a crash is told once, and not after the end', () => {
    const { activities } = simulation();
    let crashes = 0;
    const crashing = activities.begin('crashing', () => crashes++);
    crashing.crash();
    crashing.crash();
    const ending = activities.begin('ending', () => crashes++);
    ending.end();
    ending.crash();
    expect(crashes).toBe(1);
  });
});

test('two runs of interleaved activities with the same seed have the same history', async () => {
  const history = async (): Promise<string[]> => {
    const { activities, clock } = simulation();
    const random = new Random(7);
    const seen: string[] = [];
    for (let n = 0; n < 20; n++) {
      clock.at(random.integer(50), () => {
        const activity = activities.begin(`f${n}`);
        void (async () => {
          for (let i = 0; i < 3; i++) {
            await activity.sleep(clock, random.integer(30));
            seen.push(`${n} ${clock.now()} ${random.hex(4)}`);
          }
          activity.end();
        })();
      });
    }
    await clock.runUntil(1000);
    return seen;
  };
  const first = await history();
  expect(first).toHaveLength(60);
  expect(await history()).toEqual(first);
});
