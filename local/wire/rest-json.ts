import { bytes, text } from './message';
import type { WireAnswer } from './message';
import { errorTree, statusOf } from './protocol';
import type { WireProtocol } from './protocol';
import type { Shape } from './shapes';
import { ServiceError } from './service';
import { fromText } from './text-values';
import { fromTree, JSON_DIALECT, toTree } from './tree';
import type { TreeDialect } from './tree';

const DIALECT: TreeDialect = { ...JSON_DIALECT, key: (name, traits) => traits.jsonName ?? name };

/** @see https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html */
export const restJson: WireProtocol = {
  read(request, model) {
    const found = model.route(request);
    if (!found) {
      throw new ServiceError(
        'UnknownOperationException',
        `${request.method} ${request.path} is not an operation.`,
        404,
      );
    }
    const { operation, labels } = found;
    const shape = operation.input;
    const input: Record<string, unknown> = {};
    if (shape.kind !== 'structure') return { operation, input };
    let bodyIsPayload = false;
    for (const { name, shape: memberShape, traits } of shape.members.values()) {
      if (traits.httpLabel) input[name] = fromText(memberShape, labels[name]!);
      else if (traits.httpQuery !== undefined) {
        const value = request.query[traits.httpQuery];
        if (value !== undefined && value !== null) input[name] = parameter(memberShape, value);
      } else if (traits.httpHeader !== undefined) {
        const value = request.headers[traits.httpHeader.toLowerCase()];
        if (value !== undefined) input[name] = parameter(memberShape, value);
      } else if (traits.httpPayload) {
        bodyIsPayload = true;
        if (request.body.length > 0) input[name] = payload(memberShape, request.body);
      }
    }
    if (!bodyIsPayload && request.body.length > 0) {
      const tree = fromTree(shape, parse(request.body), DIALECT);
      if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return { operation, input: tree };
      Object.assign(input, tree);
    }
    return { operation, input };
  },

  write(operation, output, { requestId }) {
    const answer: WireAnswer = {
      statusCode: operation.http!.status,
      headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId },
      body: NOTHING,
    };
    if (operation.output.kind !== 'structure') return answer;
    const { members } = operation.output;
    const inBody: Record<string, unknown> = {};
    let statusCode = answer.statusCode;
    let body: Uint8Array | undefined;
    for (const [name, value] of Object.entries(output) as [string, unknown][]) {
      if (value === undefined) continue;
      const { shape, traits } = members.get(name)!;
      if (traits.httpHeader !== undefined) answer.headers[traits.httpHeader.toLowerCase()] = String(value);
      else if (traits.httpResponseCode) statusCode = Number(value);
      else if (traits.httpPayload) body = payloadBytes(shape, value);
      else inBody[name] = value;
    }
    const hasPayload = [...members.values()].some((member) => member.traits.httpPayload);
    body ??= hasPayload ? NOTHING : bytes(JSON.stringify(toTree(operation.output, inBody, DIALECT)));
    return { ...answer, statusCode, body };
  },

  writeError(error, { model, requestId }) {
    const modelled = model.error(error.code);
    return {
      statusCode: statusOf(error, modelled?.status),
      headers: {
        'content-type': 'application/json',
        'x-amzn-requestid': requestId,
        'x-amzn-errortype': error.code,
      },
      body: bytes(JSON.stringify(errorTree(error, modelled, DIALECT))),
    };
  },
};

const NOTHING = new Uint8Array();

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(text(body)) as unknown;
  } catch (error) {
    throw new ServiceError('SerializationException', `The body is not JSON: ${(error as Error).message}`);
  }
}

function payload(shape: Shape, body: Uint8Array): unknown {
  if (shape.kind === 'blob') return body;
  return shape.kind === 'string' ? text(body) : fromTree(shape, parse(body), DIALECT);
}

function payloadBytes(shape: Shape, value: unknown): Uint8Array {
  if (shape.kind === 'blob') return value as Uint8Array;
  return bytes(shape.kind === 'string' ? String(value) : JSON.stringify(toTree(shape, value, DIALECT)));
}

function parameter(shape: Shape, value: string | readonly string[]): unknown {
  const values = typeof value === 'string' ? [value] : value;
  return shape.kind === 'list' ? values.map((item) => fromText(shape.member, item)) : fromText(shape, values[0]!);
}
