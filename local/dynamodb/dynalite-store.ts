import dynalite from 'dynalite';
import type { EventEmitter } from 'node:events';
import { distinguishIndexKeys } from './distinct-index-keys';

distinguishIndexKeys();

export interface StoreAnswer {
  statusCode: number;
  /** JSON */
  body: string;
}

/** It wants every request signed, but does not check the signature. */
const HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '19700101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/19700101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};

/** DynamoDB in memory: dynalite, reached without a socket. */
export class DynaliteStore {
  private readonly server: EventEmitter = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });

  /** @param body the operation's input as JSON */
  send(operation: string, body: Buffer): Promise<StoreAnswer> {
    return new Promise((resolve) => {
      const listeners = new Map<string, (data?: Buffer) => void>();
      const request = {
        method: 'POST',
        url: '/',
        headers: { ...HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` },
        on: (event: string, listener: (data?: Buffer) => void) => listeners.set(event, listener),
        removeAllListeners: () => {},
      };
      const response = {
        statusCode: 200,
        setHeader: () => {},
        end: (answer: string) => resolve({ statusCode: response.statusCode, body: answer }),
      };
      this.server.emit('request', request, response);
      listeners.get('data')!(body);
      listeners.get('end')!();
    });
  }
}
