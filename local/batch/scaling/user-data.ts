/**
 * User data that does what a launch template's does, and then runs a script. Launch templates of Batch have MIME
 * archives, which a script is made a part of.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html
 */
export function withScript(userData: string, script: string): string {
  const boundary = /^content-type:\s*multipart\/[^\n]*boundary="?([^"\s;]+)/im.exec(userData)?.[1];
  if (boundary === undefined) return userData === '' ? script : `${userData}\n${script}`;
  const end = `--${boundary}--`;
  const part = [`--${boundary}`, 'Content-Type: text/x-shellscript; charset="us-ascii"', '', script, end].join('\n');
  return userData.includes(end) ? userData.replace(end, part) : `${userData}\n${part}`;
}
