/** One HTTP request by Node's own client, with the reasons of a failure in plain words. */
import { environmentError, type HarnessError } from '../errors/harness-error.ts';
import type { ProbeAnswer } from '../pipeline/identify-answer.ts';

export interface ProbeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** An answer may be endless; nobody names himself behind this. */
const MOST_BODY_BYTES = 4 * 1024 * 1024;

/** @throws HarnessError URL_UNREACHABLE (exit 3); the signal's reason when it was aborted */
export async function probe({ url, method, headers, timeoutMs, signal }: ProbeRequest): Promise<ProbeAnswer> {
  const startedAt = performance.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers: { 'user-agent': 'canaryproof (preflight)', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([timeout, signal]),
    });
    const body = await readBody(response);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body,
      durationMs: performance.now() - startedAt,
    };
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(url, timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error), error);
  }
}

async function readBody(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece as Uint8Array);
    bytes += (piece as Uint8Array).byteLength;
    if (bytes >= MOST_BODY_BYTES) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ECONNRESET: 'the connection was closed without an answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain ends in one that is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  UND_ERR_SOCKET: 'the connection was closed without an answer',
};

/** fetch says "fetch failed" and hides the reason in the chain of causes. */
function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : '';
    if (REASONS[code]) return REASONS[code];
    if (code !== '' && cause.cause === undefined) return `${code}: ${cause.message}`;
    if (cause.cause === undefined) return cause.message;
  }
  return String(error);
}

function unreachable(url: string, reason: string, cause: unknown): HarnessError {
  return environmentError('URL_UNREACHABLE', `${url} cannot be reached: ${reason}`, {
    where: url,
    hint: 'Is the server up, and are host, port and scheme right? Try it with curl -v. No load was sent.',
    cause,
  });
}
