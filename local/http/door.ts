import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { LocalAws } from '../local-aws';
import type { WireAnswer, WireRequest } from '../wire/message';
import { bytes, text } from '../wire/message';
import { Control, CONTROL_PREFIX } from './control';

/** Only programs of this machine get in: whoever does may have commands run. */
const LOOPBACK = '127.0.0.1';
/** Longer than clients keep idle connections, so that none is closed under a request. */
const KEEP_ALIVE_MILLISECONDS = 75_000;
/** What the largest request of any service needs. */
const LARGEST_BODY_BYTES = 16 * 2 ** 20;

/** Lets any AWS client in by HTTP. */
export class HttpDoor {
  private aws?: LocalAws;
  private control?: Control;

  private constructor(
    private readonly server: Server,
    private readonly onError: (error: unknown) => void,
  ) {
    server.keepAliveTimeout = KEEP_ALIVE_MILLISECONDS;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.respond(request, response));
  }

  /**
   * @param port 0 for one that the system chooses
   * @param onError is told of what went wrong in the local AWS itself; the client gets a 500
   */
  static async open(port: number, onError: (error: unknown) => void): Promise<HttpDoor> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, LOOPBACK, resolve);
    });
    return new HttpDoor(server, onError);
  }

  get url(): string {
    return `http://${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on requests are answered; before, clients are told to come again. */
  serve(aws: LocalAws): void {
    this.aws = aws;
    this.control = new Control(aws);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: WireAnswer;
    try {
      answer = await this.answer(request);
    } catch (error) {
      if (!(error instanceof BodyError)) this.onError(error);
      answer = failure(error);
    }
    response.writeHead(answer.statusCode, { ...answer.headers, 'content-length': answer.body.length });
    response.end(answer.body);
  }

  private async answer(request: IncomingMessage): Promise<WireAnswer> {
    const body = await readBody(request);
    if (!this.aws || !this.control) return json(503, { __type: 'ServiceUnavailable', message: 'Not deployed yet' });
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://local');
    if (pathname.startsWith(CONTROL_PREFIX)) {
      const { status, body: document } = await this.control.answer(request.method ?? '', pathname, text(body));
      return json(status, document);
    }
    return this.aws.answer({
      method: request.method ?? '',
      path: pathname,
      query: parameters(searchParams),
      headers: request.headers as Record<string, string>,
      hostname: (request.headers.host ?? '').replace(/:\d+$/, ''),
      body,
    });
  }
}

class BodyError extends Error {}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY_BYTES) throw new BodyError(`The body is larger than ${LARGEST_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  try {
    return gunzipSync(body);
  } catch (error) {
    throw new BodyError(`The body is not gzip: ${(error as Error).message}`);
  }
}

function parameters(search: URLSearchParams): WireRequest['query'] {
  const query: Record<string, string | string[]> = {};
  for (const key of new Set(search.keys())) {
    const values = search.getAll(key);
    query[key] = values.length === 1 ? values[0]! : values;
  }
  return query;
}

function failure(error: unknown): WireAnswer {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof BodyError ? json(400, { message }) : json(500, { __type: 'InternalFailure', message });
}

function json(statusCode: number, document: object): WireAnswer {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: bytes(JSON.stringify(document)) };
}
