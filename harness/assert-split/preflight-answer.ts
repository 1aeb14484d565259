/**
 * Before the load: is somebody there, and does the answer say who it is?
 *
 * @throws HarnessError IDENTIFY_NO_MATCH (exit 2) showing what was seen; ENDPOINT_FAILING and what the probe throws
 * (exit 3).
 */
import { identifyText, readIdentity } from '../documents/identify-kinds.ts';
import { environmentError, usageError } from '../errors/harness-error.ts';
import { hideInUrls } from '../errors/hidden-words.ts';
import type { Identify } from '../ports/identify.ts';
import type { ProbeAnswer } from '../traffic/identify-answer.ts';

/** Port: sends one request and follows no redirect. */
export type Probe = () => Promise<ProbeAnswer>;

export interface Preflight {
  readonly identity: string;
  readonly answer: ProbeAnswer;
  /** Of a request on a warm path. */
  readonly latencyMs: number;
}

/** A canary that fails now and then is for the verdict to tell, so one 5xx does not end it. */
const TRIES_ON_SERVER_ERROR = 5;
const SHOWN_BODY = 200;

export async function preflightAnswer(url: string, identify: Identify, probe: Probe): Promise<Preflight> {
  let answer = await probe();
  for (let tries = 1; answer.status >= 500 && tries < TRIES_ON_SERVER_ERROR; tries += 1) answer = await probe();
  const identity = answer.answerer ?? readIdentity(identify, answer);
  if (identity !== '') {
    // The first request also pays for name look-up, connection and our own start; the second shows the endpoint.
    const again = await probe();
    return { identity, answer, latencyMs: Math.min(answer.durationMs, again.durationMs) };
  }
  if (answer.status >= 500)
    throw environmentError('ENDPOINT_FAILING', `${url} answers HTTP ${answer.status}\n${seen(answer)}`, {
      where: url,
      hint: 'Is the workload ready, and does a route lead to it?',
    });
  const target = redirectTarget(url, answer);
  const hint =
    target === undefined
      ? 'Choose another --identify, or let every version name itself, for instance in a response header.'
      : `The answer is a redirect to ${target}; redirects are not followed: give the final address.`;
  throw usageError(
    'IDENTIFY_NO_MATCH',
    `nothing in the answer matches --identify ${identifyText(identify)}\n${seen(answer)}`,
    {
      where: url,
      hint,
    },
  );
}

/** The whole address, though most redirects give a path; its secrets, such as those of a login, are hidden. */
function redirectTarget(url: string, { status, headers }: ProbeAnswer): string | undefined {
  const location = [headers.location ?? []].flat()[0];
  if (status < 300 || status >= 400 || location === undefined) return undefined;
  return hideInUrls(URL.parse(location, url)?.href ?? location);
}

function seen({ status, headers, body }: ProbeAnswer): string {
  const letters = [...body.replaceAll(/\s+/g, ' ').trim()];
  const shown = `${letters.slice(0, SHOWN_BODY).join('')}${letters.length > SHOWN_BODY ? ' …' : ''}`;
  const names =
    Object.entries(headers)
      .map(([name, value]) => (typeof value === 'string' ? name : `${name} (${value.length} values)`))
      .sort()
      .join(', ') || 'none';
  return `seen: HTTP ${status}\n  headers: ${names}\n  body (${Buffer.byteLength(body)} bytes): ${shown === '' ? 'empty' : shown}`;
}
