import { parse } from 'shell-quote';
import type { ParseEntry } from 'shell-quote';

/** What the ECS agent of an instance reads from /etc/ecs/ecs.config when it starts. */
export interface AgentConfig {
  /** Name or ARN; an agent without one registers nowhere here. */
  readonly cluster?: string;
  /** `ECS_ENABLE_GPU_SUPPORT`: without it the instance has no GPUs for tasks. */
  readonly gpuSupport: boolean;
  /** `ECS_ENABLE_SPOT_INSTANCE_DRAINING`: whether a reclaim sets the container instance to DRAINING. */
  readonly spotDraining: boolean;
  /** `ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE`: without it, logs are written with the instance's role. */
  readonly logsByExecutionRole: boolean;
  /** `ECS_RESERVED_MEMORY`, MiB. */
  readonly reservedMemoryMiB: number;
}

const CONFIG_FILE = '/etc/ecs/ecs.config';

/**
 * Reads what user data would leave in the agent's configuration: `echo`, `printf`, `cat` with a here-document and `tee`
 * that write or append to the file, with plain variables, in a shell script or in the scripts of a MIME archive.
 */
export function agentConfig(userData: string): AgentConfig {
  const variables = variablesOf(shellScripts(userData).reduce(configAfter, ''));
  return {
    cluster: variables.get('ECS_CLUSTER') || undefined,
    gpuSupport: variables.get('ECS_ENABLE_GPU_SUPPORT') === 'true',
    spotDraining: variables.get('ECS_ENABLE_SPOT_INSTANCE_DRAINING') === 'true',
    logsByExecutionRole: variables.get('ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE') === 'true',
    reservedMemoryMiB: Number(variables.get('ECS_RESERVED_MEMORY') ?? 0),
  };
}

function variablesOf(file: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const line of file.split('\n')) {
    const assignment = /^\s*([A-Z_]+)=(.*?)\s*$/.exec(line);
    if (assignment) variables.set(assignment[1]!, assignment[2]!.replace(/^(["'])(.*)\1$/, '$2'));
  }
  return variables;
}

/** The scripts that cloud-init runs, of a script or a MIME archive. */
export function shellScripts(userData: string): string[] {
  const boundary = /^content-type:\s*multipart\/[^\n]*boundary="?([^"\s;]+)/im.exec(userData)?.[1];
  if (boundary === undefined) return [userData];
  return userData
    .split(`--${boundary}`)
    .slice(1)
    .flatMap((part) => {
      const [headers = '', ...rest] = part.replace(/\r\n/g, '\n').trimStart().split('\n\n');
      const body = rest.join('\n\n');
      if (/content-type:\s*multipart\//i.test(headers)) return shellScripts(part);
      if (!/text\/(x-shellscript|cloud-boothook)/i.test(headers)) return [];
      return /content-transfer-encoding:\s*base64/i.test(headers) ? [Buffer.from(body, 'base64').toString()] : [body];
    });
}

/** What the configuration file holds after a script has run. */
function configAfter(before: string, script: string): string {
  let file = before;
  const variables = new Map<string, string>();
  const lines = script.replace(/\\\n/g, ' ').split('\n');
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const document = /<<-?\s*(['"\\]?)(\w+)\1/.exec(line);
    let body = '';
    if (document) {
      const end = lines.findIndex((one) => one.trim() === document[2]);
      const taken = lines.splice(0, end === -1 ? lines.length : end + 1);
      if (end !== -1) taken.pop();
      body = taken.map((one) => `${one}\n`).join('');
      if (document[1] === '') body = body.replace(/\$\{?(\w+)\}?/g, (_, name: string) => variables.get(name) ?? '');
    }
    for (const write of writes(words(line.replace(document?.[0] ?? '', ''), variables), body, variables)) {
      file = write.append ? file + write.text : write.text;
    }
  }
  return file;
}

/** What this parser cannot read as a command writes nothing. */
function words(line: string, variables: ReadonlyMap<string, string>): ParseEntry[] {
  try {
    return parse(line, (name) => variables.get(name) ?? '');
  } catch {
    return [];
  }
}

interface Write {
  readonly text: string;
  readonly append: boolean;
}

const SEPARATORS: ReadonlySet<string> = new Set([';', '&', '&&', '||', '|']);
const PREFIXES: ReadonlySet<string> = new Set(['sudo', 'then', 'do', 'else', '{']);

/** Runs one line's commands as far as they write to the configuration file. */
function writes(entries: readonly ParseEntry[], document: string, variables: Map<string, string>): Write[] {
  const found: Write[] = [];
  let input = document;
  let start = 0;
  for (let index = 0; index <= entries.length; index++) {
    const separator = operator(entries[index]);
    if (index < entries.length && !SEPARATORS.has(separator ?? '')) continue;
    const { output, write } = run(entries.slice(start, index), input, variables);
    if (write) found.push(write);
    input = separator === '|' ? output : '';
    start = index + 1;
  }
  return found;
}

function run(
  entries: readonly ParseEntry[],
  input: string,
  variables: Map<string, string>,
): { output: string; write?: Write } {
  const redirection = entries.findIndex((entry) => operator(entry) === '>' || operator(entry) === '>>');
  const command = (redirection === -1 ? entries : entries.slice(0, redirection)).map(text);
  while (command.length > 0 && PREFIXES.has(command[0]!)) command.shift();
  const [name = '', ...args] = command;

  const assignment = /^(\w+)=(.*)$/s.exec(name === 'export' ? (args[0] ?? '') : name);
  if (assignment) variables.set(assignment[1]!, assignment[2]!);

  const output = outputOf(name, args, input);
  if (name === 'tee' && args.includes(CONFIG_FILE)) {
    return { output, write: { text: input, append: args.includes('-a') || args.includes('--append') } };
  }
  if (redirection === -1 || text(entries[redirection + 1]) !== CONFIG_FILE) return { output };
  return { output: '', write: { text: output, append: operator(entries[redirection]) === '>>' } };
}

function outputOf(name: string, args: string[], input: string): string {
  switch (name) {
    case 'echo': {
      const options = args.findIndex((arg) => !/^-[neE]+$/.test(arg));
      const flags = args.slice(0, options === -1 ? args.length : options).join('');
      const line = args.slice(options === -1 ? args.length : options).join(' ');
      return (flags.includes('e') ? unescape(line) : line) + (flags.includes('n') ? '' : '\n');
    }
    case 'printf': {
      const [format = '', ...values] = args;
      return unescape(format).replace(/%s/g, () => values.shift() ?? '');
    }
    case 'cat':
    case 'tee':
      return input;
    default:
      return '';
  }
}

function unescape(line: string): string {
  return line.replace(/\\n/g, '\n').replace(/\\t/g, '\t');
}

function operator(entry: ParseEntry | undefined): string | undefined {
  return typeof entry === 'object' && 'op' in entry ? entry.op : undefined;
}

function text(entry: ParseEntry | undefined): string {
  if (typeof entry === 'string') return entry;
  return typeof entry === 'object' && 'pattern' in entry ? entry.pattern : '';
}
