/** Asks Prometheus a query once, to learn what kind of answer it is before anything depends on it. */
import { environmentError } from '../errors/harness-error.ts';

export type QueryAnswer =
  /** Prometheus cannot parse or run it. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'scalar' }
  /** Neither a scalar nor an instant vector. */
  | { readonly kind: 'other'; readonly type: string }
  | { readonly kind: 'vector'; readonly series: number };

/** @throws HarnessError PROMETHEUS_UNREACHABLE */
export async function probeQuery(baseUrl: string, query: string, signal: AbortSignal): Promise<QueryAnswer> {
  const body = await askJson(`${baseUrl}/api/v1/query?query=${encodeURIComponent(query)}`, signal);
  const { status, error, data } = body as {
    status?: string;
    error?: string;
    data?: { resultType?: string; result?: readonly unknown[] };
  };
  if (status !== 'success') return { kind: 'refused', message: error ?? JSON.stringify(body).slice(0, 300) };
  if (data?.resultType === 'scalar') return { kind: 'scalar' };
  if (data?.resultType !== 'vector') return { kind: 'other', type: String(data?.resultType) };
  return { kind: 'vector', series: data.result?.length ?? 0 };
}

export interface ScrapedTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly intervalMs: number;
  /** Unix milliseconds. */
  readonly lastScrapeMs: number;
}

/** Who is scraped, how often, and when last. @throws HarnessError PROMETHEUS_UNREACHABLE */
export async function scrapedTargets(baseUrl: string, signal: AbortSignal): Promise<readonly ScrapedTarget[]> {
  const body = await askJson(`${baseUrl}/api/v1/targets?state=active`, signal);
  const { data } = body as {
    data?: {
      activeTargets?: readonly { labels: Record<string, string>; scrapeInterval: string; lastScrape: string }[];
    };
  };
  return (data?.activeTargets ?? []).map(({ labels, scrapeInterval, lastScrape }) => ({
    labels,
    intervalMs: goDurationMs(scrapeInterval),
    lastScrapeMs: Date.parse(lastScrape),
  }));
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Go's `1m30s`. */
function goDurationMs(text: string): number {
  const parts = text.matchAll(/([\d.]+)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

/**
 * Prometheus' whole answer to a range-vector query such as `up[90000ms]`: raw samples with their exact times.
 * @param atMs end of the range, Unix milliseconds
 * @throws HarnessError PROMETHEUS_UNREACHABLE
 */
export function rawSamples(baseUrl: string, query: string, atMs: number, signal: AbortSignal): Promise<unknown> {
  return askJson(`${baseUrl}/api/v1/query?query=${encodeURIComponent(query)}&time=${atMs / 1000}`, signal);
}

async function askJson(url: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await (await fetch(url, { signal })).json();
  } catch (cause) {
    signal.throwIfAborted();
    throw environmentError('PROMETHEUS_UNREACHABLE', 'Prometheus does not answer', {
      where: new URL(url).origin,
      cause,
    });
  }
}
