import type { SQSEvent } from 'aws-lambda';
import { readWakeup } from '../../../lambda/queue-depth-autoscaler/trigger';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 30);
const at = (time: string) => Date.parse(time);
const records = (...bodies: string[]) =>
  ({ Records: bodies.map((body, index) => ({ body, messageId: `m${index}` })) }) as unknown as SQSEvent;
const event = (time: string) => JSON.stringify({ time });

test('a tick happened in the second that its event names, at its end at the latest', () => {
  expect(readWakeup({ time: '2026-01-01T12:00:00Z' }, NOW)).toEqual({
    kind: 'tick',
    time: at('2026-01-01T12:00:01Z'),
    broken: [],
  });
});

test('a call by hand is a tick of now', () => {
  const { kind, time } = readWakeup({}, NOW);
  expect(kind).toBe('tick');
  expect(time).toBeGreaterThanOrEqual(NOW);
});

test('of a batch the newest event counts', () => {
  const wakeup = readWakeup(records(event('2026-01-01T12:00:07Z'), event('2026-01-01T12:00:05Z')), NOW);
  expect(wakeup).toEqual({ kind: 'events', time: at('2026-01-01T12:00:08Z'), broken: [] });
});

test.each(['', 'not JSON', 'null', '{}', '{"time":5}', '{"time":"yesterday"}', '[]'])(
  'the body %p goes back; the others count',
  (body) => {
    const wakeup = readWakeup(records(body, event('2026-01-01T12:00:05Z')), NOW);
    expect(wakeup).toEqual({
      kind: 'events',
      time: at('2026-01-01T12:00:06Z'),
      broken: [{ itemIdentifier: 'm0' }],
    });
  },
);

test('a batch without a readable record wakes nobody', () => {
  expect(readWakeup(records('x', 'y'), NOW)).toMatchObject({
    time: undefined,
    broken: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }],
  });
});
