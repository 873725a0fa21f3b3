/** What somebody writes where only a name, a value or a reason is expected. */
export const HOSTILE: Readonly<Record<string, string>> = {
  shell: '"; $(touch /tmp/owned) `id` && rm -rf / | tee > x & # \' \\',
  path: '../../../../etc/passwd',
  prototype: '__proto__',
  constructor: 'constructor',
  'job parameter': 'Ref::input Ref::scheduledTime',
  template: '${AWS::AccountId} {{resolve:secretsmanager:all}} <aws.scheduler.scheduled-time> <$.detail.secret>',
  expression: 'attribute_exists(#id) OR :v = :v #a, SET x = :y',
  json: '"},"jobQueue":"other","x":{"__proto__":{"polluted":true}}',
  html: '</title><script>alert(1)</script><img src=x onerror=alert(1)>',
  terminal: '\u001b]0;owned\u0007\u001b[2J\u001b[1;31m\u009b31m\r\nSUCCEEDED',
  unicode: '\u202eelbisivni\u2066 \u0000 \ufeff \ud83d\ude00 Å\u030a',
  number: '9'.repeat(400),
};

/** More than any field takes. */
export const HUGE = 'x'.repeat(200_000);

/** Members that would change every object there is, if somebody merged them without looking. */
export const POLLUTING = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';

export function isPolluted(): boolean {
  return 'polluted' in {};
}
