import { page } from '../../../local/wire/page';

const items = (...ordinals: number[]): { ordinal: number }[] => ordinals.map((ordinal) => ({ ordinal }));
const ordinal = ({ ordinal }: { ordinal: number }): number => ordinal;
const refuse = (): Error => new Error('Invalid token');

test('pages follow each other to the end', () => {
  const first = page(items(1, 2, 3, 4, 5), ordinal, 2, undefined, refuse);
  const second = page(items(1, 2, 3, 4, 5), ordinal, 2, first.nextToken, refuse);
  const third = page(items(1, 2, 3, 4, 5), ordinal, 2, second.nextToken, refuse);
  expect([first, second, third].map((one) => one.items.map(ordinal))).toEqual([[1, 2], [3, 4], [5]]);
  expect(third.nextToken).toBeUndefined();
});

test('a page that ends with the list has no token', () => {
  expect(page(items(1, 2), ordinal, 2, undefined, refuse).nextToken).toBeUndefined();
});

test('nothing that stays is left out when items before it go between two pages', () => {
  const first = page(items(1, 2, 3, 4), ordinal, 2, undefined, refuse);
  expect(page(items(3, 4), ordinal, 2, first.nextToken, refuse).items.map(ordinal)).toEqual([3, 4]);
});

test('descending lists page by negative ordinals', () => {
  const first = page(items(-3, -2, -1), ordinal, 1, undefined, refuse);
  expect(page(items(-4, -3, -2, -1), ordinal, 1, first.nextToken, refuse).items.map(ordinal)).toEqual([-2]);
});

test.each(['', 'not a token', '!!'])('the token %j is refused', (token) => {
  expect(() => page(items(1), ordinal, 1, token, refuse)).toThrow('Invalid token');
});
