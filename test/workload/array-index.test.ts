import { workIndex } from '../../workload/array-index';

const environment = [{ name: 'FOREMAN_ARRAY_INDEX', value: '17,230,999' }];

test('a child does the work of the index that it stands for', () => {
  expect([0, 1, 2].map((index) => workIndex(environment, index))).toEqual([17, 230, 999]);
});

test('a job that stands for a single child does its work', () => {
  expect(workIndex([{ name: 'FOREMAN_ARRAY_INDEX', value: '5' }], undefined)).toBe(5);
});

test('else every child has its own, and a job that is no array has none', () => {
  expect(workIndex([], 3)).toBe(3);
  expect(workIndex([], undefined)).toBeUndefined();
});
