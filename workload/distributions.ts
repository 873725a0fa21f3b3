/** A number in [0, 1). */
export type Chance = () => number;

/**
 * A draw from the gamma distribution with this shape (at least 1) and scale.
 *
 * @see Marsaglia, Tsang: A Simple Method for Generating Gamma Variables. ACM TOMS 26(3), 2000.
 */
export function gamma(shape: number, scale: number, chance: Chance): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(chance);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - chance()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v * scale;
  }
}

/** A draw from the normal distribution with mean 0 and deviation 1, by the method of Box and Muller. */
function normal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
}

export function uniform(low: number, high: number, chance: Chance): number {
  return low + (high - low) * chance();
}

/** One of the values, by its weight. */
export function weighted<T>(values: readonly (readonly [value: T, weight: number])[], chance: Chance): T {
  let left = chance() * values.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of values) {
    left -= weight;
    if (left < 0) return value;
  }
  return values.at(-1)![0];
}
