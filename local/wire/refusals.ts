import { ServiceError } from './service';
import type { Violation } from './validation';

/** The names under which a service refuses a request that its model does not allow. */
interface RefusalNames {
  missing: string;
  /** A value out of its range. */
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
  lambda: { ...JSON_NAMES, missing: 'InvalidParameterValueException', value: 'InvalidParameterValueException' },
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

/** @returns the error that the service answers when a request is not what its model says. */
export function refusalOf(signingName: string, violations: readonly Violation[]): ServiceError {
  const names = NAMES[signingName] ?? JSON_NAMES;
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
  const at = lowerFirst(violation.path);
  return violation.kind === 'range'
    ? `Value '${violation.value}' at '${at}' failed to satisfy constraint: Member must have value greater than or equal to ${violation.least}`
    : `Value null at '${at}' failed to satisfy constraint: Member must not be null`;
}

function article(noun: string): string {
  return /^[AEIO]/.test(noun) ? 'an' : 'a';
}

function lowerFirst(path: string): string {
  return path.charAt(0).toLowerCase() + path.slice(1);
}
