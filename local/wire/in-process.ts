import { HttpResponse } from '@smithy/core/transport';
import type { HttpRequest } from '@smithy/core/transport';
import type { Activity } from '../simulation/activities';
import type { WireRequest } from './message';
import type { Router } from './router';
import type { Caller } from './service';

/** An SDK client's `requestHandler` that goes to the router without a socket. */
export class InProcessRequestHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };

  /** @param activity what the calls are part of; while one is under way it waits for the simulation. */
  constructor(
    private readonly router: Router,
    private readonly caller: Caller,
    private readonly activity?: Activity,
  ) {}

  async handle(request: HttpRequest): Promise<{ response: HttpResponse }> {
    const answer = this.router.answer(wireRequest(request), this.caller, this.activity);
    const { statusCode, headers, body } = await (this.activity ? this.activity.awaiting(answer) : answer);
    return { response: new HttpResponse({ statusCode, headers, body }) };
  }

  destroy(): void {
    // Nothing is held open.
  }
}

/** Of every service: requests are routed by the scope that they are signed for. */
const ENDPOINT = { url: new URL('https://aws.local'), properties: {}, headers: {} };

/**
 * Settings for SDK clients in the simulation. The requests need not be signed, only say which service they are signed
 * for; and nothing may be looked up in files, which would take real time.
 */
export function clientSettings(region: string, requestHandler: InProcessRequestHandler): object {
  const identity = { accessKeyId: 'LOCAL', secretAccessKey: 'local' };
  return {
    region,
    credentials: identity,
    requestHandler,
    httpAuthSchemes: ['aws.auth#sigv4', 'aws.auth#sigv4a', 'smithy.api#noAuth'].map((schemeId) => ({
      schemeId,
      identityProvider: () => async () => identity,
      signer: {
        sign: async (request: HttpRequest, _: unknown, scope?: { name?: string }) => scoped(request, scope?.name),
      },
    })),
    endpointProvider: () => ENDPOINT,
    // An SDK client puts its middleware together for each call again, unless told that nobody adds to it.
    cacheMiddleware: true,
    // The default logger is handed a filtered copy of every request and answer, and drops it.
    logger: {},
    defaultsMode: 'standard',
    retryMode: 'standard',
    // Whoever retries does so on the simulation's clock, with a strategy of its own.
    maxAttempts: 1,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: async () => undefined,
    authSchemePreference: [],
    useQueueUrlAsEndpoint: false,
  };
}

function scoped(request: HttpRequest, signingName: string | undefined): HttpRequest {
  if (signingName !== undefined) {
    request.headers.authorization = `Credential=LOCAL/00000000/local/${signingName}/aws4_request`;
  }
  return request;
}

function wireRequest(request: HttpRequest): WireRequest {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(request.headers)) headers[name.toLowerCase()] = request.headers[name]!;
  return {
    method: request.method,
    path: request.path,
    query: request.query as WireRequest['query'],
    headers,
    hostname: request.hostname,
    body: bodyBytes(request.body),
  };
}

function bodyBytes(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new Error('Streaming request bodies are not supported in process');
}
