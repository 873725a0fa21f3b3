import { RealClock } from '../../../local/simulation/real-clock';

const START = Date.UTC(2026, 0, 1);

beforeEach(() => jest.useFakeTimers({ now: START }));
afterEach(() => jest.useRealTimers());

const errors: unknown[] = [];
const clockOf = (speed?: number) => new RealClock((error) => void errors.push(error), speed);

test('it goes as the wall clock does', () => {
  const clock = clockOf();
  const ran: number[] = [];
  clock.after(1_500, () => void ran.push(clock.now()));
  jest.advanceTimersByTime(1_499);
  expect(ran).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(ran).toEqual([START + 1_500]);
});

test('with a speed so many seconds pass in one, from when it was made', () => {
  const clock = clockOf(10);
  expect(clock.now()).toBe(START);
  const ran: number[] = [];
  clock.at(START + 60_000, () => void ran.push(clock.now()));
  jest.advanceTimersByTime(5_999);
  expect({ now: clock.now(), ran }).toEqual({ now: START + 59_990, ran: [] });
  jest.advanceTimersByTime(1);
  expect(ran).toEqual([START + 60_000]);
});

test('with a speed nothing is early', () => {
  const clock = clockOf(7);
  let ran: number | undefined;
  clock.after(10, () => void (ran = clock.now()));
  jest.advanceTimersByTime(2);
  expect(ran).toBe(START + 14);
});

test('what is months away, which no timer holds, comes in its time', () => {
  const clock = clockOf(2);
  const day = 86_400_000;
  let ran = false;
  clock.after(100 * day, () => void (ran = true));
  jest.advanceTimersByTime(50 * day - 1);
  expect(ran).toBe(false);
  jest.advanceTimersByTime(1);
  expect(ran).toBe(true);
});

test('what was cancelled does not happen', () => {
  let ran = false;
  const clock = clockOf(10);
  clock.after(1_000, () => void (ran = true)).cancel();
  jest.advanceTimersByTime(1_000);
  expect(ran).toBe(false);
});

test('an action that fails is told of', async () => {
  const error = new Error('broken');
  clockOf().after(1, () => Promise.reject(error));
  await jest.advanceTimersByTimeAsync(1);
  expect(errors).toEqual([error]);
});
