import type { ErrorModel, OperationModel, ServiceModel } from './model';
import type { WireAnswer, WireRequest } from './message';
import { ServiceError } from './service';
import { toTree } from './tree';
import type { TreeDialect } from './tree';

/** How requests of one AWS protocol are read, and answers and errors written. */
export interface WireProtocol {
  /** @throws ServiceError when the request names no operation, or cannot be read at all. */
  read(request: WireRequest, model: ServiceModel): { operation: OperationModel; input: unknown };
  write(operation: OperationModel, output: object, context: WireContext): WireAnswer;
  writeError(error: ServiceError, context: WireContext): WireAnswer;
}

export interface WireContext {
  readonly signingName: string;
  readonly model: ServiceModel;
  readonly requestId: string;
}

/** The operation by name, or AWS's refusal. */
export function operationNamed(model: ServiceModel, name: string, refusal: string): OperationModel {
  const operation = model.operation(name);
  if (!operation) throw new ServiceError(refusal, `The action ${name} is not valid for this endpoint.`);
  return operation;
}

/** A service may say the status itself; else the error's own model knows it. */
export function statusOf(error: ServiceError, modelled: number | undefined): number {
  return error.status === DEFAULT_STATUS ? (modelled ?? DEFAULT_STATUS) : error.status;
}

const DEFAULT_STATUS = 400;

/** The members of an error, its message under the name that its shape gives it. */
export function errorTree(error: ServiceError, modelled: ErrorModel | undefined, dialect: TreeDialect): object {
  const members = modelled?.shape.members;
  const messageKey = members?.has('Message') && !members.has('message') ? 'Message' : 'message';
  const details = modelled ? toTree(modelled.shape, error.details, dialect) : error.details;
  return { [messageKey]: error.message, ...(details as object) };
}
