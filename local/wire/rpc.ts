import { cbor, dateToTag } from '@smithy/core/cbor';
import { bytes, text } from './message';
import type { WireAnswer, WireRequest } from './message';
import { errorTree, operationNamed, statusOf } from './protocol';
import type { WireContext, WireProtocol } from './protocol';
import { ServiceError } from './service';
import { fromTree, JSON_DIALECT, toTree } from './tree';
import type { TreeDialect } from './tree';

/** What differs between the protocols that send one document to one address: AWS JSON and Smithy RPC v2 CBOR. */
interface Encoding {
  readonly dialect: TreeDialect;
  readonly headers: Readonly<Record<string, string>>;
  operation(request: WireRequest): string;
  parse(body: Uint8Array): unknown;
  serialize(tree: object): Uint8Array;
}

class RpcProtocol implements WireProtocol {
  constructor(private readonly encoding: Encoding) {}

  read(request: WireRequest, model: WireContext['model']): ReturnType<WireProtocol['read']> {
    const operation = operationNamed(model, this.encoding.operation(request), 'UnknownOperationException');
    let tree: unknown = {};
    if (request.body.length > 0) {
      try {
        tree = this.encoding.parse(request.body);
      } catch (error) {
        throw new ServiceError('SerializationException', `The body cannot be read: ${(error as Error).message}`);
      }
    }
    return { operation, input: fromTree(operation.input, tree, this.encoding.dialect) };
  }

  write(operation: Parameters<WireProtocol['write']>[0], output: object, { requestId }: WireContext): WireAnswer {
    return this.answer(200, toTree(operation.output, output, this.encoding.dialect) as object, requestId);
  }

  writeError(error: ServiceError, { model, requestId }: WireContext): WireAnswer {
    const modelled = model.error(error.code);
    const tree = {
      __type: `${model.namespace}#${modelled?.name ?? error.code}`,
      ...errorTree(error, modelled, this.encoding.dialect),
    };
    const status = statusOf(error, modelled?.status);
    const answer = this.answer(status, tree, requestId);
    // Clients from before the service left the query protocol still know its errors by these names.
    const queryCode = modelled ? modelled.queryCode : error.code;
    if (queryCode !== undefined) {
      answer.headers['x-amzn-query-error'] = `${queryCode};${status < 500 ? 'Sender' : 'Receiver'}`;
    }
    return answer;
  }

  private answer(statusCode: number, tree: object, requestId: string): WireAnswer {
    return {
      statusCode,
      headers: { ...this.encoding.headers, 'x-amzn-requestid': requestId },
      body: this.encoding.serialize(tree),
    };
  }
}

/** @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export function jsonRpc(version: '1.0' | '1.1'): WireProtocol {
  return new RpcProtocol({
    dialect: JSON_DIALECT,
    headers: { 'content-type': `application/x-amz-json-${version}` },
    operation: targetOf,
    parse: readJson,
    serialize: (tree) => bytes(JSON.stringify(tree)),
  });
}

/** @see https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
export function cborRpc(): WireProtocol {
  return new RpcProtocol({
    dialect: {
      key: (name) => name,
      readTimestamp: (value) => (isEpochTag(value) ? new Date(Number(value.value) * 1000) : value),
      readBlob: (value) => value,
      writeTimestamp: dateToTag,
      writeBlob: (value) => value,
    },
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
    operation: (request) => request.path.replace(/^.*\/operation\//, ''),
    parse: (body) => cbor.deserialize(body) as unknown,
    serialize: (tree) => cbor.serialize(tree),
  });
}

function isEpochTag(value: unknown): value is { tag: number | bigint; value: number } {
  return typeof value === 'object' && value !== null && 'tag' in value && Number(value.tag) === 1;
}

/** The operation that a request of the JSON protocols names. */
export function targetOf({ headers }: WireRequest): string {
  return (headers['x-amz-target'] ?? '').replace(/^.*\./, '');
}

export function readJson(body: Uint8Array): unknown {
  return JSON.parse(text(body)) as unknown;
}
