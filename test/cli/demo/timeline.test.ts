import * as fc from 'fast-check';
import { peak, peaks } from '../../../cli/demo/timeline';

describe('peak', () => {
  test('counts what is there at once; what ends as another begins is not there any more', () => {
    expect(peak([])).toBe(0);
    expect(peak([{ from: 0, to: 10 }, { from: 10, to: 20 }])).toBe(1); // prettier-ignore
    expect(peak([{ from: 0, to: 11 }, { from: 10 }, { from: 12 }])).toBe(2); // prettier-ignore
  });
});

describe('peaks', () => {
  test('the most in each part of the period', () => {
    const lives = [{ from: 0, to: 30 }, { from: 12, to: 14 }, { from: 35 }]; // prettier-ignore
    expect(peaks(lives, 0, 40, 4)).toEqual([1, 2, 1, 1]);
  });

  test('the highest of all parts is the peak, whatever the lives and the width', () => {
    const life = fc
      .tuple(fc.nat(999), fc.integer({ min: 1, max: 500 }))
      .map(([from, length]) => ({ from, to: from + length }));
    fc.assert(
      fc.property(
        fc.array(life, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 80 }),
        (lives, columns) => {
          expect(Math.max(...peaks(lives, 0, 1500, columns))).toBe(peak(lives));
        },
      ),
    );
  });
});
