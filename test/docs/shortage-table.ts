/** What docs/capacity-report.md says of the prepared situations: what AWS Batch says, and what the report does. */
import { Observer } from '../../lambda/capacity-report/observe/observe';
import { report } from '../../lambda/capacity-report/report';
import { lackInWords, reasonInWords } from '../../lambda/capacity-report/words';
import { SITUATIONS } from '../lambda/capacity-report/situations';

/** Ids that are different in each run. */
const INSTANCE_ID = /\bi-[0-9a-f]+\b/g;

/** @returns one row of the table for each situation */
export async function shortageTable(): Promise<string[]> {
  const rows: string[] = [];
  for (const { name, prepare } of SITUATIONS) {
    const { account, jobId, queues } = await prepare();
    const { statusReason } = await account.job(jobId);
    const observation = await new Observer(account.clients).look({ queues, jobBudget: 1000 }, account.now());
    const shortages = report(observation, account.now());
    const lacks = shortages.flatMap((shortage) => shortage.lacks).map(lackInWords);
    const reasons = shortages.flatMap((shortage) => shortage.reasons).map(reasonInWords);
    const cells = [name, statusReason ?? '—', lacks.join('; ') || '—', reasons.join('; ') || '—'];
    rows.push(`| ${cells.map((cell) => cell.replaceAll(INSTANCE_ID, 'i-…').replaceAll('|', '\\|')).join(' | ')} |`);
  }
  return rows;
}
