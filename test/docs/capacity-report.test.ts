import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shortageTable } from './shortage-table';

test('the guide has a row for each prepared situation, with the words of AWS Batch and of the report', async () => {
  const text = readFileSync(join(__dirname, '../../docs/capacity-report.md'), 'utf8');
  const [, section] = text.split('## What AWS Batch says, and what the report says');
  const rows = section!.split('\n').filter((line) => line.startsWith('|'));
  expect(rows.slice(2)).toEqual(await shortageTable());
});
