import { Random } from '../../../local/simulation/random';

describe('Random', () => {
  test('the same seed gives the same numbers, another seed others', () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.next()
        )(new Random(seed)),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('is even enough', () => {
    const random = new Random(3);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[random.integer(10)]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('chance 0 draws nothing, so that a fault that is off changes no history', () => {
    const one = new Random(5);
    const other = new Random(5);
    one.chance(0);
    expect(one.next()).toBe(other.next());
  });

  test('a fork draws from a stream of its own', () => {
    const one = new Random(9);
    const other = new Random(9);
    const fork = one.fork();
    other.fork();
    fork.next();
    expect(one.next()).toBe(other.next());
  });

  test('a UUID has the form of version 4', () => {
    expect(new Random(1).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
