import type { Failure } from '../../../lambda/job-retries/cause';
import { ruleFor } from '../../../lambda/job-retries/rules';
import { rule } from './jobs';

const failure: Failure = { cause: 'FAILURE', exitCode: 7, reason: 'disk full', statusReason: 'exited' };

test('the first rule that matches holds', () => {
  const rules = [
    rule({ name: 'other', on: { causes: ['TIMEOUT'] } }),
    rule({ name: 'seven', on: { exitCodes: [6, 7] } }),
    rule({ name: 'any', on: {} }),
  ];
  expect(ruleFor(rules, failure)?.name).toBe('seven');
});

test.each([
  ['an exit code of others', { exitCodes: [1] }, false],
  ['its reason', { reason: 'disk full' }, true],
  ['the beginning of its reason', { reason: 'disk*' }, true],
  ['no part of its reason', { reason: 'full*' }, false],
  ['its status reason', { reason: 'exit*' }, true],
  ['all that is asked', { causes: ['FAILURE' as const], exitCodes: [7], reason: 'disk*' }, true],
  ['not all that is asked', { causes: ['TIMEOUT' as const], exitCodes: [7] }, false],
])('%s', (_, on, holds) => {
  expect(ruleFor([rule({ on })], failure) !== undefined).toBe(holds);
});

test('what has no exit code matches no exit code', () => {
  expect(ruleFor([rule({ on: { exitCodes: [0] } })], { cause: 'FAILURE' })).toBeUndefined();
});
