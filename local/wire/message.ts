/** An HTTP request to the local AWS, whichever door it came through. */
export interface WireRequest {
  readonly method: string;
  /** As on the wire: percent-encoded, without the query string. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[] | null>>;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly body: Uint8Array;
}

export interface WireAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

export function text(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

export function bytes(content: string): Uint8Array {
  return Buffer.from(content, 'utf8');
}
