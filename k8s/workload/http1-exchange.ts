/** HTTP/1.1 as an Exchange. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { HOPS_HEADER } from './hops.ts';
import type { Identity } from './identity.ts';
import { readBody } from './request-body.ts';
import type { Exchange } from './service.ts';

export class Http1Exchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #identity: Identity;
  readonly #mustLeave: (socket: Socket) => boolean;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    identity: Identity,
    mustLeave: (socket: Socket) => boolean,
  ) {
    this.#request = request;
    this.#response = response;
    this.#identity = identity;
    this.#mustLeave = mustLeave;
  }

  get method(): string {
    return this.#request.method ?? '';
  }
  get target(): string {
    return this.#request.url ?? '';
  }
  get headers() {
    return this.#request.headers;
  }
  get abandoned(): boolean {
    return this.#response.destroyed || this.#request.socket.destroyed;
  }

  reply(status: number, hops: string, body: string, contentType: string): void {
    const response = this.#response;
    if (this.#mustLeave(this.#request.socket)) response.shouldKeepAlive = false;
    const own = ['content-type', contentType, 'content-length', String(Buffer.byteLength(body)), HOPS_HEADER, hops];
    response.writeHead(status, own.concat(this.#identity.headers));
    response.end(body);
  }

  readText(maxBytes: number): Promise<string | undefined> {
    return readBody(this.#request, maxBytes);
  }
}
