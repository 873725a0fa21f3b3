/** What a service of the local AWS is to the router: named operations over plain SDK input and output shapes. */

export type Protocol = 'restJson1' | 'json1.0' | 'json1.1' | 'query' | 'ec2';

/** Who makes a call; recorded with it. */
export interface Caller {
  /** The role or user the call is made as. */
  principalArn: string;
  /** The function whose invocation makes the call, when one does. */
  functionName?: string;
}

export interface Call {
  caller: Caller;
  requestId: string;
}

// Each service declares its operations with the SDK's own input and output types; the router only passes them through.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Operation = (input: any, call: Call) => object | void | Promise<object | void>;

export interface Service {
  /** The service name in a SigV4 credential scope: batch, ecs, autoscaling, ec2, events, … */
  readonly signingName: string;
  readonly protocol: Protocol;
  /** The module namespace of the SDK client, whose exported schemas describe the operations. */
  readonly sdk: object;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** A service whose implementation speaks the wire itself. Calls of it are recorded and meet faults as any other. */
export interface ForeignService {
  readonly signingName: string;
  readonly protocol: Protocol;
  readonly sdk: object;
  /** @param body as the client sent it. */
  answer(operation: string, body: Uint8Array): Promise<ForeignAnswer>;
}

export interface ForeignAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** A refusal, as the service names it. */
export class ServiceError extends Error {
  /**
   * @param code the error's name on the wire, such as `ClientException`
   * @param details members of the error shape beside the message
   */
  constructor(
    readonly code: string,
    message: string,
    readonly status: number = 400,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = code;
  }
}
