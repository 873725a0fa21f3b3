/** The environment variable that tells a job the place of its run. */
export const RUN_PLACE_VARIABLE = 'FOREMAN_RUN_PLACE';

/**
 * The place of one run: `s3://bucket/runs/nightly-20260101T030000Z/`.
 *
 * @param base what a `RunPlace` gave for a job; it ends with a slash
 * @param runId what a file name cannot hold is replaced
 */
export function runPlace(base: string, runId: string): string {
  return `${base}${runId.replace(/[^\w.-]/g, '-')}/`;
}
