/** In the environment of an array that was submitted again for some of its children: the indexes that they stand for. */
const ARRAY_INDEX = 'FOREMAN_ARRAY_INDEX';

interface Variable {
  readonly name?: string;
  readonly value?: string;
}

/**
 * Which part of an array's work is to be done, as the program in the container finds out.
 *
 * @param index of the child among those that there are; nothing for a job that is no array
 */
export function workIndex(environment: readonly Variable[], index: number | undefined): number | undefined {
  const indexes = environment.find(({ name }) => name === ARRAY_INDEX)?.value;
  return indexes === undefined ? index : Number(indexes.split(',')[index ?? 0]);
}
