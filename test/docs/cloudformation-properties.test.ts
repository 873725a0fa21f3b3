import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { propertiesByType } from './everything';
import { specifiedProperties } from './specification';

interface Row {
  readonly property: string;
  readonly setBy: string;
  readonly whyNot: string;
}

/** The rows of each table in the docs, by the resource type that is its heading. */
function documented(): Map<string, Row[]> {
  const text = readFileSync(join(__dirname, '../../docs/cloudformation-properties.md'), 'utf8');
  const sections = text.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [heading, ...lines] = section.split('\n');
      const rows = lines.filter((line) => line.startsWith('|')).slice(2);
      return [heading, rows.map(rowOf)];
    }),
  );
}

function rowOf(line: string): Row {
  const [property, setBy, whyNot] = line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
  return { property, setBy, whyNot };
}

/** The paths of the properties that resources have, members of lists as members of what holds them. */
function pathsOf(value: unknown, prefix = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => pathsOf(one, prefix));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [prefix + name, ...pathsOf(inner, `${prefix}${name}.`)]);
}

const tables = documented();
const everything = propertiesByType();

test('there is a table for each resource of AWS Batch on ECS', () => {
  expect([...tables.keys()]).toEqual(
    expect.arrayContaining(
      ['ComputeEnvironment', 'JobQueue', 'JobDefinition', 'SchedulingPolicy', 'ConsumableResource'].map(
        (type) => `AWS::Batch::${type}`,
      ),
    ),
  );
});

describe.each([...tables])('%s', (type, rows) => {
  const specified = specifiedProperties('batch', type.replace('AWS::Batch::', ''));
  const notSet = rows.filter(({ setBy }) => setBy === '').map(({ property }) => property);
  const set = rows.filter(({ setBy }) => setBy !== '').map(({ property }) => property);

  test('each row says either where it is set or why it is not, once', () => {
    expect(rows.filter(({ setBy, whyNot }) => (setBy === '') === (whyNot === ''))).toEqual([]);
    expect(new Set(rows.map(({ property }) => property)).size).toBe(rows.length);
  });

  // A property counts as explained where what holds it is.
  test('each property that CloudFormation knows is in one of the columns', () => {
    const covered = (path: string) =>
      set.includes(path) || notSet.some((property) => path === property || path.startsWith(`${property}.`));
    expect(specified.filter((path) => !covered(path))).toEqual([]);
  });

  test('nothing is told of that CloudFormation does not know', () => {
    expect(rows.map(({ property }) => property).filter((property) => !specified.includes(property))).toEqual([]);
  });

  test('what is told to be set is set, and nothing else', () => {
    const used = new Set((everything.get(type) ?? []).flatMap((properties) => pathsOf(properties)));
    expect(specified.filter((path) => used.has(path)).sort()).toEqual([...set].sort());
  });
});
