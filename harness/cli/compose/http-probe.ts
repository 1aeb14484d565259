/** One HTTP request by Node's own client, with the reasons of a failure in plain words. */
import http from 'node:http';
import https from 'node:https';
import { environmentError, type HarnessError } from '../../errors/harness-error.ts';
import { hideInUrls } from '../../errors/hidden-words.ts';
import type { ProbeAnswer } from '../../traffic/identify-answer.ts';
import { readBody } from './read-body.ts';

export interface ProbeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @throws HarnessError URL_UNREACHABLE (exit 3); the signal's reason when it was aborted */
export async function probe(request: ProbeRequest): Promise<ProbeAnswer> {
  const { url, timeoutMs, signal } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await ask(request, AbortSignal.any([timeout, signal]));
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(hideInUrls(url), timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error), error);
  }
}

/** Not `fetch`: that refuses some ports, follows browsers' rules for headers, and hides the reason of a failure. */
function ask({ url, method, headers }: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer> {
  const startedAt = performance.now();
  const client = new URL(url).protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const options = { method, headers: { 'user-agent': 'canaryproof (preflight)', ...headers }, signal, agent: false };
    const sent = client.request(url, options, (response) => {
      readBody(response)
        .then((body) => {
          const { statusCode: status = 0 } = response;
          resolve({ status, headers: headersOf(response), body, durationMs: performance.now() - startedAt });
          sent.destroy();
        })
        .catch(reject);
    });
    sent.once('error', reject);
    sent.end();
  });
}

/** All values, also where Node by itself would keep one; as UTF-8, which k6 takes them for. */
function headersOf({ headersDistinct }: http.IncomingMessage): ProbeAnswer['headers'] {
  const entries = Object.entries(headersDistinct).map(([name, values = []]) => {
    const texts = values.map((value) => Buffer.from(value, 'latin1').toString('utf8'));
    return [name, texts.length === 1 ? (texts[0] ?? '') : texts] as const;
  });
  return Object.fromEntries(entries);
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
  EPROTO: 'it does not speak TLS there',
  HPE_INVALID_CONSTANT: 'what answers does not speak HTTP',
};

function reasonOf(error: unknown): string {
  // A host with several addresses fails with one error for each.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  if (!(first instanceof Error)) return String(first);
  const code = 'code' in first ? String(first.code) : '';
  return REASONS[code] ?? (code === '' ? first.message : `${code}: ${first.message}`);
}

function unreachable(url: string, reason: string, cause: unknown): HarnessError {
  return environmentError('URL_UNREACHABLE', `${url} cannot be reached: ${reason}`, {
    where: url,
    hint: 'Is the server up, and are host, port and scheme right? Try it with curl -v. No load was sent.',
    cause,
  });
}
