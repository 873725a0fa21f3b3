import { ServiceError } from '../wire/service';

export function validationError(message: string): ServiceError {
  return new ServiceError('ValidationError', message);
}

export function invalidToken(): ServiceError {
  return new ServiceError('InvalidNextToken', 'The token provided is not valid.');
}

export function inProgress(message: string): ServiceError {
  return new ServiceError('ScalingActivityInProgress', message);
}
