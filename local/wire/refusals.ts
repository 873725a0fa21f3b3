import { ServiceError } from './service';
import type { Violation } from './validation';

/** The names under which a service refuses a request that its model does not allow. */
interface RefusalNames {
  missing: string;
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
  type: 'SerializationException',
  unknown: 'SerializationException',
};
const QUERY_NAMES: RefusalNames = {
  missing: 'ValidationError',
  type: 'MalformedInput',
  unknown: 'MalformedInput',
};

const NAMES: Readonly<Record<string, RefusalNames>> = {
  batch: { ...JSON_NAMES, missing: 'ClientException' },
  ecs: { ...JSON_NAMES, missing: 'InvalidParameterException' },
  logs: { ...JSON_NAMES, missing: 'InvalidParameterException' },
  lambda: { ...JSON_NAMES, missing: 'InvalidParameterValueException' },
  sqs: { ...JSON_NAMES, missing: 'MissingParameter' },
  monitoring: { ...JSON_NAMES, missing: 'MissingParameter' },
  autoscaling: QUERY_NAMES,
  sns: { ...QUERY_NAMES, missing: 'InvalidParameter' },
  sts: QUERY_NAMES,
  ec2: { missing: 'MissingParameter', type: 'InvalidParameterValue', unknown: 'UnknownParameter' },
};

/** @returns the error that the service answers when a request is not what its model says. */
export function refusalOf(signingName: string, violations: readonly Violation[]): ServiceError {
  const names = NAMES[signingName] ?? JSON_NAMES;
  // A request that cannot be read is refused before anything in it is looked at.
  const unreadable = violations.find((violation) => violation.kind !== 'missing');
  if (unreadable?.kind === 'unknown') {
    return new ServiceError(names.unknown, `The parameter ${unreadable.path} is not recognized`);
  }
  if (unreadable?.kind === 'type') {
    const { actual, expected, path } = unreadable;
    return new ServiceError(
      names.type,
      `${actual} can not be converted to ${article(expected)} ${expected} at '${path}'`,
    );
  }
  const missing = violations.map(
    ({ path }) => `Value null at '${lowerFirst(path)}' failed to satisfy constraint: Member must not be null`,
  );
  if (signingName === 'ec2' || names.missing === 'MissingParameter') {
    return new ServiceError(names.missing, `The request must contain the parameter ${violations[0]!.path}`);
  }
  const count = `${missing.length} validation error${missing.length === 1 ? '' : 's'} detected`;
  return new ServiceError(names.missing, `${count}: ${missing.join('; ')}`);
}

function article(noun: string): string {
  return /^[AEIO]/.test(noun) ? 'an' : 'a';
}

function lowerFirst(path: string): string {
  return path.charAt(0).toLowerCase() + path.slice(1);
}
