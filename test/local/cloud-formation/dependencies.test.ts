import * as fc from 'fast-check';
import { dependencyOrder } from '../../../local/cloud-formation/dependencies';

describe('dependencyOrder', () => {
  test('keeps the given order where nothing depends', () => {
    expect(dependencyOrder(new Map([['b', []], ['a', []], ['c', []]]))).toEqual(['b', 'a', 'c']); // prettier-ignore
  });

  test('names the circle', () => {
    const circle = new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]]); // prettier-ignore
    expect(() => dependencyOrder(circle)).toThrow('circular dependency: b → c → b');
  });

  test('each comes once and after all that it depends on, in any acyclic graph', () => {
    // Edges go from later to earlier numbers only, so there is no circle; the map's order is another one.
    const graph = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc.tuple(
          fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
          fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }),
        ),
      );
    fc.assert(
      fc.property(graph, ([nodes, pairs]) => {
        const edges = pairs.filter(([a, b]) => a !== b).map(([a, b]) => [Math.max(a, b), Math.min(a, b)]);
        const dependencies = new Map(
          nodes.map((node) => [`${node}`, edges.filter(([from]) => from === node).map(([, to]) => `${to}`)]),
        );
        const order = dependencyOrder(dependencies);
        expect([...order].sort()).toEqual([...dependencies.keys()].sort());
        for (const [from, to] of edges) expect(order.indexOf(`${to}`)).toBeLessThan(order.indexOf(`${from}`));
      }),
    );
  });
});
