/** Every template, by checkov: a Python program, in a virtual environment of its own. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { APPS } from './apps';
import { ACCEPTED, type Accepted } from './checkov-accepted';

const ROOT = join(__dirname, '../..');
const REQUIREMENTS = join(__dirname, 'requirements.txt');
const MINUTES = 60_000;

/** @returns the program; nothing where Python or its packages cannot be had */
function install(): string | undefined {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const environment = join(ROOT, '.cache', `security-${digest}`);
  const checkov = join(environment, 'bin/checkov');
  const complete = join(environment, 'complete');
  if (existsSync(complete)) return checkov;
  const options = { stdio: 'ignore', timeout: 5 * MINUTES } as const;
  try {
    execFileSync('python3', ['-m', 'venv', '--clear', environment], options);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS];
    execFileSync(join(environment, 'bin/python'), pip, options);
  } catch {
    rmSync(environment, { recursive: true, force: true });
    return undefined;
  }
  writeFileSync(complete, '');
  return checkov;
}

interface Finding {
  readonly check: string;
  readonly says: string;
  /** `stack/logical id` */
  readonly resource: string;
}

interface Report {
  readonly summary: { readonly resource_count: number; readonly parsing_errors: number };
  readonly results: {
    readonly failed_checks: readonly { check_id: string; check_name: string; file_path: string; resource: string }[];
  };
}

function findings(checkov: string): { report: Report; findings: Finding[] } {
  const folder = mkdtempSync(join(tmpdir(), 'checkov-'));
  try {
    for (const [index, [, scope]] of APPS.entries()) {
      const { stacksRecursively } = (scope.node.root as App).synth({ skipValidation: true });
      mkdirSync(join(folder, String(index)));
      for (const { stackName, template } of stacksRecursively)
        writeFileSync(join(folder, String(index), `${stackName}.template.json`), JSON.stringify(template));
    }
    const args = ['--directory', folder, '--framework', 'cloudformation', '--output', 'json', '--compact', '--quiet'];
    const output = execFileSync(checkov, [...args, '--skip-download', '--soft-fail'], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const report = JSON.parse(output) as Report;
    return {
      report,
      findings: report.results.failed_checks.map(({ check_id, check_name, file_path, resource }) => ({
        check: check_id,
        says: check_name,
        resource: `${/([^/]+)\.template\.json$/.exec(file_path)![1]}/${resource.split('.').at(-1)}`,
      })),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function accepts({ checks, resources }: Accepted, { check, resource }: Finding): boolean {
  return checks.includes(check) && resources.test(resource);
}

const checkov = install();
if (!checkov) process.stdout.write('SKIPPED checkov: pip could not install it\n');

(checkov ? describe : describe.skip)('checkov', () => {
  let found: ReturnType<typeof findings>;
  beforeAll(() => {
    found = findings(checkov!);
  });

  test('has read every template', () => {
    expect(found.report.summary.parsing_errors).toBe(0);
    expect(found.report.summary.resource_count).toBeGreaterThan(1000);
  });

  test('finds nothing that is not accepted', () => {
    expect(found.findings.filter((finding) => !ACCEPTED.some((one) => accepts(one, finding)))).toEqual([]);
  });

  test.each(ACCEPTED)('still finds what is accepted: $reason', (one) => {
    const seen = new Set(found.findings.filter((finding) => accepts(one, finding)).map(({ check }) => check));
    expect([...seen].sort()).toEqual([...one.checks].sort());
  });
});
