/** HTTP/2 as an Exchange, on the stream interface (the compatibility interface costs about twice the CPU). */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { answerGrpc, answerHealth, HEALTH_WATCH, isGrpc } from './grpc-answer.ts';
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
    if (isGrpc(this.headers['content-type'])) {
      answerGrpc(stream, this.#named(200, 'application/grpc', hops), status);
      return;
    }
    const headers = this.#named(status, contentType, hops);
    headers['content-length'] = Buffer.byteLength(body);
    const bodiless = this.method === constants.HTTP2_METHOD_HEAD;
    stream.respond(headers, { endStream: bodiless });
    if (!bodiless) stream.end(body);
    // An unread request body would hold the stream open until its flow-control window is full.
    if (!this.#reading) stream.resume();
  }

  replyHealth(isServing: boolean): void {
    const headers = this.#named(200, 'application/grpc', this.#identity.hop);
    answerHealth(this.#stream, headers, isServing, this.target === HEALTH_WATCH);
  }

  #named(status: number, contentType: string, hops: string): Record<string, string | number> {
    const headers: Record<string, string | number> = {
      ':status': status,
      'content-type': contentType,
      [HOPS_HEADER]: hops,
    };
    const named = this.#identity.headers;
    for (let index = 0; index < named.length; index += 2) headers[named[index]!] = named[index + 1]!;
    return headers;
  }

  readText(maxBytes: number): Promise<string | undefined> {
    this.#reading = true;
    return readBody(this.#stream, maxBytes);
  }
}

function ignore(): void {}
