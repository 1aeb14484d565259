/**
 * One port for HTTP/1.1 and HTTP/2 without TLS (prior knowledge), and for both in TLS: the first bytes of a connection say
 * which it is, and the socket goes to the server that speaks it. RFC 9113 §3.4: an HTTP/2 client begins with the fixed
 * 24-byte preface; RFC 8446 §5.1: a TLS client with a record of type 22.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { type Identity, rawBadRequest } from './identity.ts';
import { serverCertificate } from './server-certificate.ts';
import type { Exchange } from './service.ts';

/** Of a TLS record that carries a handshake. */
const HANDSHAKE = 22;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** Envoy accepts heads up to 60 KiB; a long chain of hops must not be what fails. */
const MAX_HEAD_BYTES = 65_536;

/**
 * Before the port is closed every connection gets this long to carry one more request, answered with `connection: close`;
 * after it, one that has said nothing yet gets as long again, since its first request may be on the way.
 */
const CLOSING_GRACE_MS = 250;

/**
 * While draining, a connection is ended (`connection: close`) with the first answer after this age, so that clients move
 * to other endpoints by and by, instead of finding it closed in mid-request at the end. Ending every connection after one
 * answer would cost most of the capacity in connecting.
 */
const LIFE_WHILE_DRAINING_MS = 500;

export interface ListenerOptions {
  readonly identity: Identity;
  readonly serve: (exchange: Exchange) => void;
  readonly isDraining: () => boolean;
}

export interface Listener {
  readonly port: number;
  /**
   * Ends every connection with its next answer, then refuses new ones, ends idle ones and lets running requests finish.
   * @returns how many connections had to be cut after `boundMs`.
   */
  close(boundMs: number): Promise<number>;
}

/** @throws HarnessError WORKLOAD_CANNOT_LISTEN (exit 3) when the port is taken or not allowed. */
export async function listen(
  { identity, serve, isDraining }: ListenerOptions,
  port: number,
  address: string | undefined,
): Promise<Listener> {
  /** Open connections and when they were made (performance.now()). */
  const sockets = new Map<Socket, number>();
  const silent = new Set<Socket>();
  let closing = false;
  const mustLeave = (socket: Socket) =>
    closing || (isDraining() && performance.now() - (sockets.get(socket) ?? 0) >= LIFE_WHILE_DRAINING_MS);
  const servePlain = (request: IncomingMessage, response: ServerResponse) =>
    serve(new Http1Exchange(request, response, identity, mustLeave));
  const plain = http.createServer({ maxHeaderSize: MAX_HEAD_BYTES }, servePlain);
  // Whoever calls decides when a connection has been idle for long enough: a server that closes first resets the
  // request that is on its way (Envoy keeps connections for an hour).
  plain.keepAliveTimeout = 0;
  plain.on('checkExpectation', servePlain);
  plain.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    socket.end(rawBadRequest(identity, statusOfClientError(error.code)));
  });
  const framed = http2.createServer({ settings: { maxHeaderListSize: MAX_HEAD_BYTES } });
  const sessions = new Set<ServerHttp2Session>();
  framed.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  framed.on('sessionError', () => undefined);
  framed.on('stream', (stream, headers) => serve(new Http2Exchange(stream, headers, identity)));

  const speakPlain = plain.listeners('connection');
  plain.removeAllListeners('connection');
  const speak = (protocol: Protocol, on: Socket) => {
    if (protocol === 'http/2') framed.emit('connection', on);
    else for (const listener of speakPlain) listener.call(plain, on);
  };
  let secured: tls.Server | undefined;
  plain.on('connection', (socket: Socket) => {
    sockets.set(socket, performance.now());
    silent.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      silent.delete(socket);
    });
    tellProtocol(socket, (protocol) => {
      silent.delete(socket);
      if (protocol === 'tls') {
        secured ??= makeTlsServer(identity, speak);
        secured.emit('connection', socket);
      } else speak(protocol, socket);
    });
  });

  await new Promise<void>((resolve, reject) => {
    plain.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        environmentError('WORKLOAD_CANNOT_LISTEN', `cannot listen on port ${port}: ${cause.message}`, {
          hint: 'Choose another port with PORT, or 0 for any free one.',
          cause,
        }),
      ),
    );
    plain.listen({ port, backlog: 4096, ...(address === undefined ? {} : { host: address }) }, resolve);
  });

  const close = async (boundMs: number): Promise<number> => {
    closing = true;
    const graceMs = Math.min(boundMs, CLOSING_GRACE_MS);
    await new Promise((resolve) => setTimeout(resolve, graceMs));
    const closed = new Promise<void>((resolve) => plain.close(() => resolve()));
    plain.closeIdleConnections();
    for (const session of sessions) session.close();
    const patience = setTimeout(() => {
      for (const socket of silent) socket.destroy();
    }, graceMs);
    let cut = 0;
    const bound = setTimeout(() => {
      cut = sockets.size;
      for (const socket of sockets.keys()) socket.destroy();
    }, boundMs - graceMs);
    await closed;
    clearTimeout(patience);
    clearTimeout(bound);
    return cut;
  };
  return { port: (plain.address() as AddressInfo).port, close };
}

type Protocol = 'http/1.1' | 'http/2';

/** Names itself by a certificate of its own; HTTP is what is spoken inside. It never listens itself. */
function makeTlsServer(identity: Identity, speak: (protocol: Protocol, on: Socket) => void): tls.Server {
  const { certificate, key } = serverCertificate([identity.service, '*.svc.cluster.local'], Date.now());
  const server = tls.createServer({ cert: certificate, key, ALPNProtocols: ['h2', 'http/1.1'] });
  server.on('tlsClientError', (_, socket) => socket.destroy());
  server.on('secureConnection', (secure) => {
    if (secure.alpnProtocol === 'h2') speak('http/2', secure);
    else tellProtocol(secure, (protocol) => speak(protocol === 'http/2' ? protocol : 'http/1.1', secure));
  });
  return server;
}

/** Reads until the preface is certain or ruled out, puts the bytes back and says once which protocol it is. */
function tellProtocol(socket: Socket, decided: (protocol: Protocol | 'tls') => void): void {
  let head: Buffer = Buffer.alloc(0);
  const leave = () => socket.destroy();
  const onData = (chunk: Buffer) => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const known = Math.min(head.length, PREFACE.length);
    const framed = head.compare(PREFACE, 0, known, 0, known) === 0;
    if (framed && known < PREFACE.length) return;
    socket.off('data', onData);
    socket.off('error', leave);
    socket.pause();
    socket.unshift(head);
    const sealed = head[0] === HANDSHAKE;
    decided(sealed ? 'tls' : framed ? 'http/2' : 'http/1.1');
    if (!framed && !sealed) socket.resume();
  };
  socket.on('data', onData);
  socket.on('error', leave);
}

function statusOfClientError(code: string | undefined): 400 | 408 | 413 | 431 {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 431;
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 413;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 408;
    default:
      return 400;
  }
}
