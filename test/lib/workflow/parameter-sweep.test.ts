import { execFileSync } from 'node:child_process';
import { ParameterSweep } from '../../../lib';

const sweep = new ParameterSweep({ rate: ['0.1', "it's"], depth: ['2', '4 5', '$x'] });
const [shell, flag, script] = sweep.shellCommand('printf "%s|%s" "$rate" "$depth"') as [string, string, string];

function run(environment: Record<string, string>): string {
  return execFileSync(shell, [flag, script], { env: { PATH: process.env.PATH, ...environment } }).toString();
}

test('each index has a combination of its own, the last name turning fastest', () => {
  expect(sweep.size).toBe(6);
  const combinations = Array.from({ length: 6 }, (_, index) => run({ AWS_BATCH_JOB_ARRAY_INDEX: String(index) }));
  expect(combinations).toEqual(['0.1|2', '0.1|4 5', '0.1|$x', "it's|2", "it's|4 5", "it's|$x"]);
});

test('the children that a retry runs again have the combinations that they had', () => {
  const retried = { FOREMAN_ARRAY_INDEX: '1,3,5', FOREMAN_ARRAY_SIZE: '6' };
  const combinations = [0, 1, 2].map((index) => run({ AWS_BATCH_JOB_ARRAY_INDEX: String(index), ...retried }));
  expect(combinations).toEqual(['0.1|4 5', "it's|2", "it's|$x"]);
  // A single child that has failed is no array any more.
  expect(run({ ...retried, FOREMAN_ARRAY_INDEX: '4' })).toBe("it's|4 5");
});
