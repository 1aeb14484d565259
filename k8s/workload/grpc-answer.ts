/**
 * gRPC over HTTP/2 (grpc.io, PROTOCOL-HTTP2): `grpc.health.v1.Health` and, for every other method, an echo of the messages that
 * came, in their own framing. The status stands in trailers; the identity headers are in the first block as ever.
 */
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';

export const HEALTH_CHECK = '/grpc.health.v1.Health/Check';
export const HEALTH_WATCH = '/grpc.health.v1.Health/Watch';
const GRPC_TYPE = /^application\/grpc(?:[+;]|$)/;
/** google.rpc.Code */
const OK = 0;
const INTERNAL = 13;
const UNAVAILABLE = 14;
const MAX_ECHO_BYTES = 4 * 1024 * 1024;
const RESOURCE_EXHAUSTED = 8;

export function isGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && GRPC_TYPE.test(contentType);
}

/** As gRPC maps an HTTP status that a server had in mind: 502, 503 and 504 are UNAVAILABLE. */
function grpcStatusOf(httpStatus: number): number {
  if (httpStatus < 400) return OK;
  return [429, 502, 503, 504].includes(httpStatus) ? UNAVAILABLE : INTERNAL;
}

/** One length-prefixed message: `HealthCheckResponse { status: SERVING (1) or NOT_SERVING (2) }`. */
function healthMessage(isServing: boolean): Buffer {
  return Buffer.from([0, 0, 0, 0, 2, 0x08, isServing ? 1 : 2]);
}

/** @param isWatch the answer stays open, as Watch's does, until the client leaves */
export function answerHealth(
  stream: ServerHttp2Stream,
  headers: OutgoingHttpHeaders,
  isServing: boolean,
  isWatch: boolean,
): void {
  stream.resume();
  if (isWatch) {
    stream.respond(headers);
    stream.write(healthMessage(isServing));
    return;
  }
  respond(stream, headers, OK);
  stream.end(healthMessage(isServing));
}

/** Echoes the request's messages, or sends the status alone where it is not OK. */
export function answerGrpc(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders, httpStatus: number): void {
  const status = grpcStatusOf(httpStatus);
  if (status !== OK) {
    stream.resume();
    refuse(stream, headers, status);
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_ECHO_BYTES) chunks.push(chunk);
  });
  stream.once('end', () => {
    if (stream.destroyed || stream.closed) return;
    if (bytes > MAX_ECHO_BYTES) {
      refuse(stream, headers, RESOURCE_EXHAUSTED);
      return;
    }
    respond(stream, headers, OK);
    stream.end(Buffer.concat(chunks));
  });
}

function respond(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders, status: number): void {
  stream.respond(headers, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status) }));
}

/** Trailers only: one block of headers that ends the stream. */
function refuse(stream: ServerHttp2Stream, headers: OutgoingHttpHeaders, status: number): void {
  stream.respond({ ...headers, 'grpc-status': String(status) }, { endStream: true });
}
