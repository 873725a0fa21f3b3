import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

const NAME = /^[A-Za-z_]\w*$/;
export const SMALLEST_ARRAY = 2;
export const LARGEST_ARRAY = 10_000;

/**
 * Every combination of some values, each a child of an array job.
 *
 * The job finds the values in the environment variable `FOREMAN_SWEEP`, as JSON: `{"rate": ["0.1", "0.01"], "depth": ["2",
 * "4"]}`. The child of index `i` has the combination that is `i` in an odometer of them whose last name turns fastest. Where
 * there is a shell, `shellCommand` reads it.
 */
export class ParameterSweep {
  /** How many combinations there are: the size of the array. */
  readonly size: number;

  /**
   * @param values of each parameter, by its name: letters, digits and underscores. There are 2 to 10,000 combinations.
   */
  constructor(readonly values: Record<string, string[]>) {
    this.size = Object.values(values).reduce((product, { length }) => product * length, 1);
  }

  /**
   * A command that runs a line of shell with the values of the child's combination as environment variables.
   *
   * @param line for `sh`: `python train.py --rate "$rate" --depth "$depth"`
   */
  shellCommand(line: string): string[] {
    return ['sh', '-c', `${this.shellPrelude()}\n${line}`];
  }

  /**
   * @throws ValidationError for a sweep that is no array
   * @internal
   */
  _check(scope: IConstruct): void {
    for (const [name, values] of Object.entries(this.values)) {
      const property = `sweep.${name}`;
      if (!NAME.test(name)) {
        const allowed = 'a name of letters, digits and underscores that does not begin with a digit';
        throw new ValidationError(scope, { property: 'sweep', value: JSON.stringify(name), allowed });
      }
      if (values.length === 0) {
        throw new ValidationError(scope, { property, value: 'empty', allowed: 'a list of at least one value' });
      }
      const token = values.findIndex((value) => Token.isUnresolved(value));
      if (token >= 0) {
        const allowed = 'a text that is known at synth; pass others as parameters or environment';
        throw new ValidationError(scope, { property: `${property}[${token}]`, value: 'a token', allowed });
      }
    }
    if (this.size >= SMALLEST_ARRAY && this.size <= LARGEST_ARRAY) return;
    throw new ValidationError(scope, {
      property: 'sweep',
      value: `${this.size} combinations`,
      allowed: `${SMALLEST_ARRAY} to ${LARGEST_ARRAY} combinations, as an array job may have children`,
    });
  }

  /** Of an array that a retry has made of the children that failed, `FOREMAN_ARRAY_INDEX` has the indexes of before. */
  private shellPrelude(): string {
    const lines = Object.entries(this.values)
      .reverse()
      .map(([name, values]) => {
        const words = values.map((value) => `'${value.replace(/'/g, "'\\''")}'`).join(' ');
        return `set -- ${words}; shift $((i % $#)) || true; export ${name}="$1"`;
      });
    const counts = Object.values(this.values)
      .reverse()
      .map(({ length }) => length);
    return [
      'i=${AWS_BATCH_JOB_ARRAY_INDEX:-0}',
      'if [ -n "${FOREMAN_ARRAY_INDEX:-}" ]; then i=$(echo "$FOREMAN_ARRAY_INDEX" | tr -s "[], " "\\n" | sed "/^$/d" | sed -n "$((i + 1))p"); fi',
      ...lines.flatMap((line, index) => [line, `i=$((i / ${counts[index]}))`]),
      'set --',
    ].join('\n');
  }
}
