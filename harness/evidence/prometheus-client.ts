/** Instant queries against Prometheus' HTTP API. */
import { z } from 'zod';
import { environmentError } from '../errors/harness-error.ts';

/** Of the store behind it, where it could not be read whole; those about the query itself begin with `PromQL`. */
const warnings = z.array(z.string()).default([]);

const answer = z.object({
  status: z.literal('success'),
  warnings,
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

export interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Unix milliseconds at which it was evaluated. */
  readonly atMs: number;
}

/**
 * @throws HarnessError PROMETHEUS_UNREACHABLE, PROMETHEUS_REFUSED or PROMETHEUS_PARTIAL
 */
export async function queryPrometheus(
  baseUrl: string,
  query: string,
  signal: AbortSignal,
): Promise<PrometheusSample[]> {
  const body = await ask(`${baseUrl}/api/v1/query?query=${encodeURIComponent(query)}`, signal, query);
  const parsed = answer.safeParse(body);
  if (!parsed.success) throw refused(query, JSON.stringify(body));
  requireWhole(query, parsed.data.warnings);
  return parsed.data.data.result.map(({ metric, value: [seconds, value] }) => ({
    labels: metric,
    value: Number(value),
    atMs: seconds * 1000,
  }));
}

const anyAnswer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), data: z.unknown() }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);

/** What Prometheus does not do is an answer, in its own words. */
export type PrometheusAnswer = { readonly data: unknown } | { readonly refused: string };

/**
 * Any part of its API, such as `query_range` or `label/job/values`, with parameters of which some may come several times.
 * @throws HarnessError PROMETHEUS_UNREACHABLE, PROMETHEUS_REFUSED (no answer of Prometheus); the signal's reason
 */
export async function askPrometheus(
  baseUrl: string,
  endpoint: string,
  parameters: readonly (readonly [name: string, value: string])[],
  signal: AbortSignal,
): Promise<PrometheusAnswer> {
  const url = `${baseUrl}/api/v1/${endpoint}?${new URLSearchParams(parameters.map(([name, value]) => [name, value]))}`;
  const body = await ask(url, signal, endpoint);
  const parsed = anyAnswer.safeParse(body);
  if (!parsed.success) throw refused(endpoint, JSON.stringify(body));
  return parsed.data.status === 'success' ? { data: parsed.data.data } : { refused: parsed.data.error };
}

/** The answer's JSON, whatever it says. */
async function ask(
  url: string,
  signal: AbortSignal,
  query: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  // a redirect would carry headers that are no `Authorization` to another host
  const redirect = Object.keys(headers).length > 0 ? 'error' : 'follow';
  const { status, text } = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    headers,
    redirect,
  })
    .then(async (response) => ({ status: response.status, text: await response.text() }))
    .catch((cause: unknown) => {
      signal.throwIfAborted();
      const where = new URL(url).origin;
      if (redirect === 'error' && isRedirect(cause))
        throw environmentError('PROMETHEUS_UNREACHABLE', 'it answers with a redirect, and headers follow none', {
          ...{ where, cause },
          hint: 'Give the address that it redirects to (curl -sI shows it).',
        });
      throw environmentError('PROMETHEUS_UNREACHABLE', 'Prometheus does not answer', { where, cause });
    });
  const body = parsedOrNothing(text);
  if (body === undefined || WHO_ARE_YOU.has(status)) throw refused(query, text, status);
  return body;
}

/** As undici says it of `redirect: 'error'`. */
const isRedirect = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.cause instanceof Error && thrown.cause.message === 'unexpected redirect';

/** Prometheus itself gives up on a query after two minutes, unless it is told otherwise. */
const ANSWER_MS = 150_000;
const WHO_ARE_YOU: ReadonlySet<number> = new Set([401, 403, 407]);

/** @param status of HTTP, where what came is no answer of Prometheus: a gateway or a login stands before it */
function refused(query: string, text: string, status?: number) {
  const said = wordsOf(text) || 'nothing';
  const hint =
    status === undefined
      ? {}
      : {
          hint: WHO_ARE_YOU.has(status)
            ? "It wants to know who asks: --header-env 'Authorization: VARIABLE', where the command has it."
            : 'That is no answer of a Prometheus: is the address right, with its path, and does a login stand before it?',
        };
  return environmentError(
    'PROMETHEUS_REFUSED',
    `Prometheus refused a query: ${status === undefined ? '' : `HTTP ${status}, `}${said}`,
    { where: query, ...hint },
  );
}

const ownWords = z.object({ status: z.literal('error'), error: z.string() });

/** What Prometheus says of it, where it is Prometheus that speaks; else the beginning, on one line. */
function wordsOf(text: string): string {
  const own = ownWords.safeParse(parsedOrNothing(text));
  return (own.success ? own.data.error : text.replaceAll(/\s+/g, ' ').trim()).slice(0, 300);
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a part of the samples says is no evidence. @throws HarnessError PROMETHEUS_PARTIAL */
function requireWhole(query: string, said: readonly string[]): void {
  const partial = said.find((warning) => !warning.startsWith('PromQL'));
  if (partial === undefined) return;
  throw environmentError(
    'PROMETHEUS_PARTIAL',
    `Prometheus could not read all of its samples: ${partial.slice(0, 300)}`,
    {
      where: query,
      hint: 'A store behind it is away: look at its remote read, or at the querier, and run again.',
    },
  );
}

const rangeAnswer = z.object({
  status: z.literal('success'),
  warnings,
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

export interface PrometheusSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
}

/**
 * A range query, evaluated every `stepMs`.
 * @param warned hears what Prometheus says beside its answer; without it an answer that lacks samples is refused
 * @throws HarnessError PROMETHEUS_UNREACHABLE, PROMETHEUS_REFUSED or PROMETHEUS_PARTIAL
 */
export async function queryPrometheusRange(
  baseUrl: string,
  query: string,
  range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
  warned?: (warning: string) => void,
): Promise<PrometheusSeries[]> {
  const parameters = new URLSearchParams({
    query,
    start: String(range.startMs / 1000),
    end: String(range.endMs / 1000),
    step: String(range.stepMs / 1000),
  });
  const body = await ask(`${baseUrl}/api/v1/query_range?${parameters}`, signal, query, headers);
  const parsed = rangeAnswer.safeParse(body);
  if (!parsed.success) throw refused(query, JSON.stringify(body));
  if (warned) parsed.data.warnings.forEach(warned);
  else requireWhole(query, parsed.data.warnings);
  return parsed.data.data.result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([seconds, value]) => ({ atMs: seconds * 1000, value: Number(value) })),
  }));
}
