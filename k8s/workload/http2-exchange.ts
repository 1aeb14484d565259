/** HTTP/2 as an Exchange, on the stream interface (the compatibility interface costs about twice the CPU). */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { HOPS_HEADER } from './hops.ts';
import type { Identity } from './identity.ts';
import { readBody } from './request-body.ts';
import type { Exchange } from './service.ts';

export class Http2Exchange implements Exchange {
  readonly headers: IncomingHttpHeaders;
  readonly #stream: ServerHttp2Stream;
  readonly #identity: Identity;
  #reading = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, identity: Identity) {
    this.headers = headers;
    this.#stream = stream;
    this.#identity = identity;
    // A reset by the client is not an error of ours, and without a listener it would end the process.
    stream.on('error', ignore);
  }

  get method(): string {
    return this.headers[':method'] ?? '';
  }
  get target(): string {
    return this.headers[':path'] ?? '';
  }
  get abandoned(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  reply(status: number, hops: string, body: string, contentType: string): void {
    const stream = this.#stream;
    const headers: Record<string, string | number> = {
      ':status': status,
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      [HOPS_HEADER]: hops,
    };
    const named = this.#identity.headers;
    for (let index = 0; index < named.length; index += 2) headers[named[index]!] = named[index + 1]!;
    const bodiless = this.method === constants.HTTP2_METHOD_HEAD;
    stream.respond(headers, { endStream: bodiless });
    if (!bodiless) stream.end(body);
    // An unread request body would hold the stream open until its flow-control window is full.
    if (!this.#reading) stream.resume();
  }

  readText(maxBytes: number): Promise<string | undefined> {
    this.#reading = true;
    return readBody(this.#stream, maxBytes);
  }
}

function ignore(): void {}
