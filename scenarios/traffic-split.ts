/**
 * Traffic split: one request per iteration at a constant arrival rate, and one evidence line per request that says
 * when it started, how it ended and who answered. k6 collects; the harness judges.
 *
 * Lines go through console.log, which k6 sends to the harness's named pipe (--console-output) as they are
 * (--log-format=raw). The other ways, measured by harness/bench/evidence-path.ts --candidates: the same lines on stderr
 * cost the harness seven times as much and mix with k6's log; a plain file costs the same and grows; `--out json` is
 * somewhat cheaper for k6 but 3 KB in 13 lines per request, every 200 ms, and would need the answer's name as a tag of
 * a metric of its own; k6's own log file is flushed once a second.
 */
import exec from 'k6/execution';
import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import type { Options } from 'k6/options';
import { formatObservation } from './shared/evidence-line.ts';
import { injectedValues, params, url } from './shared/injected-values.ts';
import { type SummaryData, writeOptions, writeSummary } from './shared/own-books.ts';
import { type Answer, receiverReader } from './shared/receiver-identity.ts';

export const options: Options = injectedValues.options;

const { method, identify, marked, users } = injectedValues;
const isNumbered = marked !== undefined || users !== undefined;
const readReceiver = receiverReader(identify);
const setsUpConnections = injectedValues.options.noConnectionReuse;

// State of one VU. Reading `exec.scenario` builds a new object each time (6 us); its fields stay live, so one will do.
let scenario: typeof exec.scenario | undefined;
const failuresTold: Record<number, true> = {};

export function setup(): void {
  writeOptions();
}

/**
 * Sparing with the response: reading one of its fields goes through reflection; eight of them were two fifths of what
 * evidence cost in a CPU profile.
 */
export default function requestOnce(): void {
  scenario ??= exec.scenario;
  const startMs = Date.now();
  const response = http.request(method, url, null, isNumbered ? numbered(scenario.iterationInTest) : params);
  const status = response.status;
  // k6 has an error code when there was no answer and for 4xx and 5xx, never else (lib/netext/httpext/transport.go).
  const errorCode = status > 0 && status < 400 ? 0 : response.error_code;
  const durationMs = status > 0 ? answerTimeMs(response.timings) : Date.now() - startMs;
  const identity = status > 0 ? readReceiver(response as unknown as Answer) : '';
  // `>>> 0` drops the fraction (good for 71 minutes) without the call that Math.round is here.
  const durationUs = (durationMs * 1000) >>> 0;
  console.log(formatObservation(scenario.iterationInTest, startMs, durationUs, status, errorCode, __VU, identity));
  if (errorCode !== 0) tellFailure(errorCode, response.error);
}

/** Says in the request which one it is (proxies write it into their logs, and pass it on), or whose. */
function numbered(sequence: number): typeof params {
  return {
    ...params,
    headers: {
      ...params.headers,
      ...(marked === undefined ? {} : { 'User-Agent': marked + String(sequence) }),
      ...(users === undefined ? {} : { [users.header]: users.prefix + String(sequence % users.count) }),
    },
  };
}

/** k6's `duration` begins when the connection stands, so setting it up counts only where each request has its own. */
function answerTimeMs(timings: RefinedResponse<ResponseType>['timings']): number {
  if (!setsUpConnections) return timings.duration;
  return timings.blocked + timings.connecting + timings.tls_handshaking + timings.duration;
}

/** k6's own warning says "Request Failed" and, in the raw log format, not why. Once per VU and code is enough. */
function tellFailure(errorCode: number, reason: string): void {
  if (reason === '' || failuresTold[errorCode] !== undefined) return;
  failuresTold[errorCode] = true;
  console.log(`cp1-failure ${errorCode} ${JSON.stringify(reason).slice(0, 1000)}`);
}

/** Prints no text summary. */
export function handleSummary(data: SummaryData): object {
  writeSummary(data);
  return {};
}
