/** One port as a client outside the mesh finds it: what it says to plain text, and which certificate it shows. */
import net from 'node:net';
import tls from 'node:tls';

export interface ProbedPort {
  /** To a request in plain text: the first line of what came, or that the connection was closed without a byte. */
  readonly plain:
    | { readonly kind: 'answered'; readonly line: string }
    | { readonly kind: 'closed'; readonly how: string }
    | { readonly kind: 'unreachable'; readonly how: string };
  readonly tls:
    | {
        readonly kind: 'certificate';
        /** Whether it chains to the mesh root; else why not. */
        readonly chains: true | string;
        /** As the certificate has them: `URI:spiffe://…`. */
        readonly names: string;
        readonly validTo: string;
        /** What a request without a client certificate got; undefined: nothing. */
        readonly answeredWithoutCertificate: string | undefined;
      }
    | { readonly kind: 'none'; readonly how: string };
}

/** What sidecars offer each other; a port that takes plain text as well tells mutual TLS of the mesh by it. */
const MESH_PROTOCOLS = ['istio-peer-exchange', 'istio'];
const REQUEST = 'GET / HTTP/1.1\r\nHost: canaryproof.invalid\r\nConnection: close\r\n\r\n';

/** @param rootPem certificates of the mesh's root */
export async function probePort(host: string, port: number, rootPem: string, timeoutMs: number): Promise<ProbedPort> {
  return { plain: await probePlain(host, port, timeoutMs), tls: await probeTls(host, port, rootPem, timeoutMs) };
}

function probePlain(host: string, port: number, timeoutMs: number): Promise<ProbedPort['plain']> {
  return new Promise((resolve) => {
    let isConnected = false;
    const socket = net.connect({ host, port, timeout: timeoutMs });
    const settle = (found: ProbedPort['plain']) => {
      resolve(found);
      socket.destroy();
    };
    socket.once('connect', () => {
      isConnected = true;
      socket.write(REQUEST);
    });
    socket.once('data', (chunk) => settle({ kind: 'answered', line: firstLine(chunk) }));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle({ kind: isConnected ? 'closed' : 'unreachable', how: error.code ?? error.message }),
    );
    socket.once('end', () => settle({ kind: 'closed', how: 'closed' }));
    // it took the bytes and says nothing: no refusal, and nothing to go by
    socket.once('timeout', () => settle({ kind: 'unreachable', how: `silent for ${timeoutMs} ms` }));
  });
}

function probeTls(host: string, port: number, rootPem: string, timeoutMs: number): Promise<ProbedPort['tls']> {
  return new Promise((resolve) => {
    const socket = tls.connect({
      ...{ host, port, timeout: timeoutMs, ALPNProtocols: MESH_PROTOCOLS, ca: rootPem },
      // whether it chains is reported, and the name is a SPIFFE id that the caller compares
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    let shown: Extract<ProbedPort['tls'], { kind: 'certificate' }> | undefined;
    const settle = (found: ProbedPort['tls']) => {
      resolve(shown ?? found);
      socket.destroy();
    };
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      if (!certificate) return settle({ kind: 'none', how: 'no certificate was shown' });
      const { subjectAltName: names = '', validTo } = certificate;
      const chains = socket.authorized || String(socket.authorizationError);
      shown = { kind: 'certificate', chains, names, validTo, answeredWithoutCertificate: undefined };
      socket.write(REQUEST);
    });
    socket.once('data', (chunk: Buffer) => {
      if (shown) shown = { ...shown, answeredWithoutCertificate: firstLine(chunk) };
      settle({ kind: 'none', how: 'no handshake' });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => settle({ kind: 'none', how: error.code ?? error.message }));
    socket.once('end', () => settle({ kind: 'none', how: 'closed' }));
    socket.once('timeout', () => settle({ kind: 'none', how: `silent for ${timeoutMs} ms` }));
  });
}

const LONGEST_LINE = 80;
const firstLine = (chunk: Buffer): string =>
  (chunk.toString('latin1').split(/\r?\n/, 1)[0] ?? '').replaceAll(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_LINE);
