/** An instance that boots: user data is run by bash, in a directory that stands for the root, with commands that only note. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * What the commands do beside noting that they were called. `$root` is the directory, `$*` what they were called with;
 * `mounted` is where mount points are kept that something is mounted at.
 */
const COMMANDS: Readonly<Record<string, string>> = {
  systemctl: '',
  logger: '',
  sleep: '',
  sysctl: '',
  yum: 'case "$*" in *amazon-efs-utils) printf "#!/bin/bash\\n" > "$root/bin/mount.efs"; chmod +x "$root/bin/mount.efs";; esac',
  mountpoint: '[ -e "$root/mounted/${2//\\//-}" ]',
  mount: 'touch "$root/mounted/${1//\\//-}"',
  blkid: 'case "$*" in *TYPE*) cat "$5.type" 2> /dev/null;; *) echo "uuid-of-${5##*/}";; esac',
  mkfs: 'echo "$2" > "$3.type"',
  curl: 'case "$*" in *token) echo token;; *instance-id) echo i-1;; *zone) echo us-east-1b;; *region) echo us-east-1;; esac',
  aws: `case "$*" in
    *get-parameter*) cat "$root/parameter";;
    *create-volume*) echo vol-1;;
    *attach-volume*) touch "$root/dev/xvdf"; echo xfs > "$root/dev/xvdf.type";;
  esac`,
};

export interface BootOptions {
  /** How often a command whose words contain this fails before it succeeds. */
  readonly failing?: Readonly<Record<string, number>>;
  /** Devices that are there, and the file systems on them. */
  readonly devices?: Readonly<Record<string, string>>;
  /** What the parameter holds. */
  readonly parameter?: string;
  /** Commands that the image has beside those above. */
  readonly installed?: readonly string[];
}

export class BootingInstance {
  readonly root = mkdtempSync(join(tmpdir(), 'boot-'));
  exitCode = 0;

  constructor({ failing = {}, devices = {}, parameter = 'snap-1', installed = ['mount.efs'] }: BootOptions = {}) {
    for (const folder of ['bin', 'etc', 'dev', 'mounted', 'failing']) mkdirSync(join(this.root, folder));
    mkdirSync(join(this.root, 'etc/sysctl.d'));
    writeFileSync(join(this.root, 'etc/fstab'), '');
    writeFileSync(join(this.root, 'calls'), '');
    writeFileSync(join(this.root, 'parameter'), `${parameter}\n`);
    for (const [name, type] of Object.entries(devices)) {
      writeFileSync(join(this.root, 'dev', name), '');
      if (type !== '') writeFileSync(join(this.root, 'dev', `${name}.type`), `${type}\n`);
    }
    Object.entries(failing).forEach(([words, times], index) => {
      writeFileSync(join(this.root, 'failing', String(index)), `${times}\n${words}\n`);
    });
    for (const [name, does] of Object.entries(COMMANDS)) this.command(name, does);
    for (const name of installed) this.command(name, '');
  }

  /** Runs user data, to its end or until it gives up. Paths of the system lead into the directory. */
  boot(script: readonly string[]): this {
    const text = script
      .join('\n')
      .replace(/\/etc\//g, `${this.root}/etc/`)
      .replace(/\/dev\/(disk|xvd|sd)/g, `${this.root}/dev/$1`)
      .replace(/\/usr\/bin\/mountpoint/g, `${this.root}/bin/mountpoint`);
    const { status, stderr, error } = spawnSync('bash', ['--norc', '-c', text], this.surroundings());
    if (error) throw error;
    if (/syntax error|command not found|unbound variable/.test(stderr)) throw new Error(stderr);
    this.exitCode = status ?? -1;
    return this;
  }

  /** Mounts are lost, and systemd mounts what fstab says; user data is not run again. */
  reboot(): void {
    rmSync(join(this.root, 'mounted'), { recursive: true });
    mkdirSync(join(this.root, 'mounted'));
    const entries = readFileSync(join(this.root, 'etc/fstab'), 'utf8').split('\n').filter(Boolean);
    for (const line of entries) {
      spawnSync(join(this.root, 'bin/mount'), [line.split(' ')[1]!], this.surroundings());
    }
  }

  /** Whether systemd starts the ECS agent: when all that its unit is to run before it succeeds. */
  agentStarts(): boolean {
    const file = join(this.root, 'etc/systemd/system/ecs.service.d/50-batch-foreman-mounts.conf');
    if (!existsSync(file)) return true;
    const before = readFileSync(file, 'utf8').match(/(?<=^ExecStartPre=).*$/gm) ?? [];
    return before.every((command) => spawnSync('bash', ['--norc', '-c', command], this.surroundings()).status === 0);
  }

  /** What a mount is undone by: a disk that is lost. */
  unmount(path: string): void {
    rmSync(join(this.root, 'mounted', path.replace(/\//g, '-')));
  }

  fstab(): string[] {
    return this.read('etc/fstab').split('\n').filter(Boolean);
  }

  /** What was called in which order, paths as the system has them. */
  calls(...names: string[]): string[] {
    const all = this.read('calls').split('\n').filter(Boolean);
    return names.length === 0 ? all : all.filter((call) => names.includes(call.split(' ')[0]!));
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8').replaceAll(this.root, '');
  }

  dispose(): void {
    rmSync(this.root, { recursive: true });
  }

  private surroundings() {
    return {
      env: { PATH: `${this.root}/bin:/usr/bin:/bin`, root: this.root },
      encoding: 'utf8' as const,
      // bash takes a socket for a login from elsewhere, and runs what it finds in the home directory.
      stdio: ['ignore' as const, 'pipe' as const, 'pipe' as const],
    };
  }

  private command(name: string, does: string): void {
    const file = join(this.root, 'bin', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      `#!/bin/bash
printf '%s' '${name}' >> "$root/calls"; printf ' %s' "$@" >> "$root/calls"; echo >> "$root/calls"
for rule in "$root"/failing/*; do
  [ -e "$rule" ] || continue
  { read -r times; read -r words; } < "$rule"
  case "${name} $*" in *"$words"*)
    if [ "$times" -gt 0 ]; then printf '%s\\n' $((times - 1)) "$words" > "$rule"; exit 1; fi;;
  esac
done
${does}
`,
    );
    chmodSync(file, 0o755);
  }
}

/** Whether bash finds a script to be one. */
export function isShell(script: readonly string[]): boolean {
  execFileSync('bash', ['-n', '-c', script.join('\n')]);
  return true;
}
