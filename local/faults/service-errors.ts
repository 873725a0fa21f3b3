import { ServiceError } from '../wire/service';

interface Failures {
  /** Name and status of the refusal of a caller that calls too often. */
  readonly throttle: readonly [code: string, status: number];
  /** Name and status of a failure of the service itself. */
  readonly fail: readonly [code: string, status: number];
}

/** As each service's API reference names them. */
const FAILURES: Readonly<Record<string, Failures>> = {
  autoscaling: { throttle: ['Throttling', 400], fail: ['InternalFailure', 500] },
  batch: { throttle: ['TooManyRequestsException', 429], fail: ['ServerException', 500] },
  dynamodb: { throttle: ['ThrottlingException', 400], fail: ['InternalServerError', 500] },
  ec2: { throttle: ['RequestLimitExceeded', 503], fail: ['InternalError', 500] },
  ecs: { throttle: ['ThrottlingException', 400], fail: ['ServerException', 500] },
  events: { throttle: ['ThrottlingException', 400], fail: ['InternalException', 500] },
  lambda: { throttle: ['TooManyRequestsException', 429], fail: ['ServiceException', 500] },
  logs: { throttle: ['ThrottlingException', 400], fail: ['ServiceUnavailableException', 503] },
  monitoring: { throttle: ['Throttling', 400], fail: ['InternalServiceFault', 500] },
  scheduler: { throttle: ['ThrottlingException', 429], fail: ['InternalServerException', 500] },
  sns: { throttle: ['Throttled', 429], fail: ['InternalError', 500] },
  sqs: { throttle: ['RequestThrottled', 400], fail: ['InternalFailure', 500] },
  ssm: { throttle: ['ThrottlingException', 400], fail: ['InternalServerError', 500] },
  sts: { throttle: ['Throttling', 400], fail: ['InternalFailure', 500] },
};

const OTHERS: Failures = { throttle: ['ThrottlingException', 400], fail: ['InternalFailure', 500] };

export function throttled(service: string): ServiceError {
  const [code, status] = (FAILURES[service] ?? OTHERS).throttle;
  return new ServiceError(code, 'Rate exceeded', status);
}

export function failed(service: string): ServiceError {
  const [code, status] = (FAILURES[service] ?? OTHERS).fail;
  return new ServiceError(code, 'An internal error has occurred', status);
}
