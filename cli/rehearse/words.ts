import { amount } from '../demo/units';

export function jobsInWords(count: number): string {
  return `${amount(count)} ${count === 1 ? 'job' : 'jobs'}`;
}
