import { ServiceError } from './service';
import type { Violation } from './validation';

/** The names under which a service refuses a request that its model does not allow. */
interface RefusalNames {
  missing: string;
  /** A value of the right type that is not allowed. */
  value: string;
  /** Wrong type. Services of the JSON protocols fail to deserialize it, the others to validate it. */
  type: string;
  /**
   * A member that the model does not know. EC2 refuses it under this name; other services of AWS pass over it, which
   * would hide mistakes, so it is refused here like a wrong type.
   */
  unknown: string;
}

const JSON_NAMES: RefusalNames = {
  missing: 'ValidationException',
  value: 'ValidationException',
  type: 'SerializationException',
  unknown: 'SerializationException',
};
const QUERY_NAMES: RefusalNames = {
  missing: 'ValidationError',
  value: 'ValidationError',
  type: 'MalformedInput',
  unknown: 'MalformedInput',
};

const NAMES: Readonly<Record<string, RefusalNames>> = {
  batch: { ...JSON_NAMES, missing: 'ClientException', value: 'ClientException' },
  ecs: { ...JSON_NAMES, missing: 'InvalidParameterException', value: 'InvalidParameterException' },
  logs: { ...JSON_NAMES, missing: 'InvalidParameterException', value: 'InvalidParameterException' },
  sqs: { ...JSON_NAMES, missing: 'MissingParameter', value: 'InvalidParameterValue' },
  monitoring: { ...JSON_NAMES, missing: 'MissingParameter', value: 'InvalidParameterValue' },
  autoscaling: QUERY_NAMES,
  sns: { ...QUERY_NAMES, missing: 'InvalidParameter', value: 'InvalidParameter' },
  sts: QUERY_NAMES,
  ec2: {
    missing: 'MissingParameter',
    value: 'InvalidParameterValue',
    type: 'InvalidParameterValue',
    unknown: 'UnknownParameter',
  },
};

/** CloudWatch's operations on alarms and queries, which are younger, refuse under other names than those on metrics. */
const YOUNGER_OPERATIONS_OF_CLOUD_WATCH = /Alarm|^GetMetricData$/;

/** @returns the error that the service answers when a request is not what its model says. */
export function refusalOf(signingName: string, operation: string, violations: readonly Violation[]): ServiceError {
  const names =
    signingName === 'monitoring' && YOUNGER_OPERATIONS_OF_CLOUD_WATCH.test(operation)
      ? { ...JSON_NAMES, missing: 'ValidationError', value: 'ValidationError' }
      : (NAMES[signingName] ?? JSON_NAMES);
  // A request that cannot be read is refused before anything in it is looked at.
  const unreadable = violations.find(({ kind }) => kind === 'unknown' || kind === 'type');
  if (unreadable?.kind === 'unknown') {
    return new ServiceError(names.unknown, `The parameter ${unreadable.path} is not recognized`);
  }
  if (unreadable?.kind === 'type') {
    const { actual, expected, path } = unreadable;
    const message = `${actual} can not be converted to ${article(expected)} ${expected} at '${path}'`;
    return new ServiceError(names.type, message);
  }
  const missing = violations.find(({ kind }) => kind === 'missing');
  if (missing && names.missing === 'MissingParameter') {
    return new ServiceError(names.missing, `The request must contain the parameter ${missing.path}`);
  }
  const failures = violations.map(constraint);
  const count = `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected`;
  return new ServiceError(missing ? names.missing : names.value, `${count}: ${failures.join('; ')}`);
}

function constraint(violation: Violation): string {
  const [value, rule] =
    violation.kind === 'rule' ? [shown(violation.value), violation.text] : [' null', 'Member must not be null'];
  return `Value${value} at '${lowerCamel(violation.path)}' failed to satisfy constraint: ${rule}`;
}

/** As Java prints it; what is in a map may be secret, and is left out. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return ` '[${value.join(', ')}]'`;
  return typeof value === 'object' ? '' : ` '${String(value)}'`;
}

function article(noun: string): string {
  return /^[AEIO]/.test(noun) ? 'an' : 'a';
}

function lowerCamel(path: string): string {
  return path.replace(/(^|\.)[A-Z]/g, (start) => start.toLowerCase());
}
