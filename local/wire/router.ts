import type { Activities, Activity } from '../simulation/activities';
import type { Random } from '../simulation/random';
import type { World } from '../world';
import type { CallLog } from './call-log';
import { CallRunner } from './call-runner';
import type { CallFaults } from './call-runner';
import { bytes } from './message';
import type { WireAnswer, WireRequest } from './message';
import { modelOf } from './model';
import type { OperationModel, ServiceModel } from './model';
import type { WireContext, WireProtocol } from './protocol';
import { awsQuery, ec2Query } from './query';
import { refusalOf } from './refusals';
import { restJson } from './rest-json';
import { cborRpc, jsonRpc, readJson, targetOf } from './rpc';
import { ServiceError } from './service';
import type { Caller, ForeignService, Protocol, Service } from './service';
import type { Shape } from './shapes';
import { violations } from './validation';

interface Endpoint {
  readonly service: Service | ForeignService;
  readonly model: ServiceModel;
}

/** One for each way in which clients of the AWS SDKs spell a service that is not its signing name. */
const ALIASES: Readonly<Record<string, string>> = {
  cloudwatch: 'monitoring',
  cloudwatchlogs: 'logs',
  eventbridge: 'events',
};

const PROTOCOLS: Readonly<Record<Protocol, WireProtocol>> = {
  restJson1: restJson,
  'json1.0': jsonRpc('1.0'),
  'json1.1': jsonRpc('1.1'),
  query: awsQuery,
  ec2: ec2Query,
};
const CBOR = cborRpc();

/** Takes the requests of AWS clients to the services, and their answers back. */
export class Router {
  private readonly endpoints = new Map<string, Endpoint>();
  private readonly random: Random;
  private readonly calls: CallRunner;

  constructor(
    world: Pick<World, 'clock' | 'random'>,
    private readonly activities: Activities,
    faults: CallFaults,
    log: CallLog,
  ) {
    this.random = world.random.fork();
    this.calls = new CallRunner(world.clock, faults, log);
  }

  add(service: Service | ForeignService): void {
    this.endpoints.set(service.signingName, { service, model: modelOf(service.sdk) });
  }

  /** What can be called, by service; without what foreign services have. */
  operations(): Record<string, readonly string[]> {
    return Object.fromEntries(
      [...this.endpoints].map(([name, { service }]) => [
        name,
        'answer' in service ? [] : Object.keys(service.operations),
      ]),
    );
  }

  /**
   * Answers one HTTP request.
   * @param activity what makes the call, when it runs in the simulation; a crash fault ends it and never answers
   * @throws whatever is wrong with the local AWS itself; refusals are answers
   */
  async answer(request: WireRequest, caller: Caller, activity?: Activity): Promise<WireAnswer> {
    const requestId = this.random.uuid();
    const name = serviceName(request);
    const endpoint = name === undefined ? undefined : this.endpoints.get(name);
    if (!endpoint) return unroutable(name);
    const { service, model } = endpoint;
    const context: WireContext = { signingName: service.signingName, model, requestId };
    const protocol = protocolOf(request, service.protocol);
    try {
      if ('answer' in service) return await this.answerForeign(service, request, caller, activity);
      const { operation, input } = readRequest(protocol, request, model);
      const output = await this.perform(service, operation, input, { caller, requestId, activity });
      return protocol.write(operation, output, context);
    } catch (error) {
      if (error instanceof ServiceError) return protocol.writeError(error, context);
      throw error;
    }
  }

  /** Calls an operation without the wire; see `ApiCaller`. */
  async call(caller: Caller, service: string, operation: string, input: object): Promise<object> {
    const name = ALIASES[service] ?? service;
    const endpoint = this.endpoints.get(name);
    const model = endpoint?.model.operation(operation);
    if (!endpoint || !model || 'answer' in endpoint.service) {
      throw new ServiceError('UnknownOperationException', `There is no ${service}:${operation} to be called`);
    }
    return this.perform(endpoint.service, model, input, { caller, requestId: this.random.uuid() });
  }

  /** See `ApiCaller`. */
  inputShape(service: string, operation: string): Shape | undefined {
    return this.endpoints.get(ALIASES[service] ?? service)?.model.operation(operation)?.input;
  }

  private perform(
    service: Service,
    { name, input: inputShape, output: outputShape }: OperationModel,
    input: unknown,
    { caller, requestId, activity }: { caller: Caller; requestId: string; activity?: Activity },
  ): Promise<object> {
    const { signingName } = service;
    return this.calls.run({ service: signingName, operation: name, input, caller, activity }, async () => {
      const wrong = violations(inputShape, input, 'request');
      if (wrong.length > 0) throw refusalOf(signingName, name, wrong);
      const operation = service.operations[name];
      if (!operation) throw new ServiceError('NotImplemented', `The local AWS has no ${signingName}:${name}`, 501);
      const output = (await operation(input, { caller, requestId })) ?? {};
      const bad = violations(outputShape, output, 'answer');
      if (bad.length > 0) {
        throw new Error(`${signingName}:${name} answered what its model does not allow: ${JSON.stringify(bad)}`);
      }
      return output;
    });
  }

  private answerForeign(
    service: ForeignService,
    request: WireRequest,
    caller: Caller,
    activity: Activity | undefined,
  ): Promise<WireAnswer> {
    const operation = targetOf(request);
    const call = { service: service.signingName, operation, input: readJson(request.body), caller, activity };
    return this.calls.run(
      call,
      () => this.activities.working(service.answer(operation, request.body)),
      ({ statusCode, body }) => (statusCode === 200 ? 'ok' : errorType(body)),
    );
  }
}

/** The short name of the error that a JSON answer carries. */
function errorType(body: Uint8Array): string {
  const { __type } = readJson(body) as { __type: string };
  return __type.replace(/^.*#/, '');
}

function readRequest(
  protocol: WireProtocol,
  request: WireRequest,
  model: ServiceModel,
): ReturnType<WireProtocol['read']> {
  try {
    return protocol.read(request, model);
  } catch (error) {
    if (error instanceof URIError) throw new ServiceError('SerializationException', 'The path is not well encoded');
    throw error;
  }
}

const CREDENTIAL_SCOPE = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/;

/** By the scope that the request is signed for; by its host where it is not signed. */
function serviceName({ headers, query, hostname }: WireRequest): string | undefined {
  const presigned = query['X-Amz-Credential'];
  const scope = typeof presigned === 'string' ? `Credential=${presigned}` : headers.authorization;
  return scope === undefined ? /^([a-z][a-z0-9-]*)\./.exec(hostname)?.[1] : CREDENTIAL_SCOPE.exec(scope)?.[1];
}

/** Clients of different ages speak to the same service in different protocols, and say which. */
function protocolOf({ headers }: WireRequest, byDefault: Protocol): WireProtocol {
  const isJsonRpc = byDefault === 'json1.0' || byDefault === 'json1.1';
  if (!isJsonRpc) return PROTOCOLS[byDefault];
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return CBOR;
  if (headers['x-amz-target'] === undefined) return PROTOCOLS.query;
  return PROTOCOLS[headers['content-type'] === 'application/x-amz-json-1.1' ? 'json1.1' : byDefault];
}

function unroutable(name: string | undefined): WireAnswer {
  const [type, message] =
    name === undefined
      ? ['MissingAuthenticationTokenException', 'The request is not signed, so its service is not known']
      : ['UnknownOperationException', `The local AWS has no service "${name}"`];
  return {
    statusCode: 400,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
    body: bytes(JSON.stringify({ __type: type, message })),
  };
}
