/** Instant queries against Prometheus' HTTP API. */
import { z } from 'zod';
import { environmentError } from '../errors/harness-error.ts';

const answer = z.object({
  status: z.literal('success'),
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
 * @throws HarnessError PROMETHEUS_UNREACHABLE or PROMETHEUS_REFUSED
 */
export async function queryPrometheus(
  baseUrl: string,
  query: string,
  signal: AbortSignal,
): Promise<PrometheusSample[]> {
  const url = `${baseUrl}/api/v1/query?query=${encodeURIComponent(query)}`;
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw environmentError('PROMETHEUS_UNREACHABLE', 'Prometheus does not answer', { where: baseUrl, cause });
  });
  const text = await response.text();
  const parsed = response.ok ? answer.safeParse(JSON.parse(text)) : undefined;
  if (!parsed?.success)
    throw environmentError('PROMETHEUS_REFUSED', `Prometheus refused a query: ${text.slice(0, 300)}`, { where: query });
  return parsed.data.data.result.map(({ metric, value: [seconds, value] }) => ({
    labels: metric,
    value: Number(value),
    atMs: seconds * 1000,
  }));
}
