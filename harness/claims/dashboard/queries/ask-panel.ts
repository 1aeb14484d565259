/** A panel's query asked of Prometheus as Grafana's back end asks it, and the values at the end of the time range. */
import { z } from 'zod';
import type { PrometheusAnswer } from '../../../evidence/prometheus-client.ts';
import type { SelectorExpr } from '../../../oracle/promql/promql-tree.ts';
import type { VariableSource } from '../grafana/variable-options.ts';

export type Ask = (
  endpoint: string,
  parameters: readonly (readonly [name: string, value: string])[],
) => Promise<PrometheusAnswer>;

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PanelAnswer {
  /** When the values are of: the end of the range, or the last of its steps. */
  readonly atMs: number;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const labels = z.record(z.string(), z.string());
const point = z.tuple([z.number(), z.string()]);
const result = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: point.optional() })) }),
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: labels, values: z.array(point).default([]) })),
  }),
  z.object({ resultType: z.literal('scalar'), result: point }),
  z.object({ resultType: z.literal('string'), result: point }),
]);

/**
 * Start and end of a range query are rounded down to its step (pkg/promlib/models/query.go, AlignTimeRange).
 * @param stepMs undefined: an instant query at the end of the range
 */
export async function askPanel(
  ask: Ask,
  expr: string,
  { fromMs, toMs }: TimeRange,
  stepMs: number | undefined,
): Promise<PanelAnswer | { readonly refused: string }> {
  const aligned = (ms: number) => (stepMs === undefined ? ms : Math.floor(ms / stepMs) * stepMs);
  const atMs = aligned(toMs);
  const answer = await (stepMs === undefined
    ? ask('query', [
        ['query', expr],
        ['time', String(atMs / 1000)],
      ])
    : ask('query_range', [
        ['query', expr],
        ['start', String(aligned(fromMs) / 1000)],
        ['end', String(atMs / 1000)],
        ['step', String(stepMs / 1000)],
      ]));
  if ('refused' in answer) return answer;
  const parsed = result.safeParse(answer.data);
  if (!parsed.success)
    return { refused: `an answer that Grafana does not show: ${JSON.stringify(answer.data).slice(0, 100)}` };
  return { atMs, values: valuesAt(parsed.data, atMs) };
}

function valuesAt(found: z.output<typeof result>, atMs: number): PanelAnswer['values'] {
  switch (found.resultType) {
    case 'vector':
      return found.result.flatMap(({ metric, value }) =>
        value ? [{ labels: metric, value: numberOf(value[1]) }] : [],
      );
    case 'matrix':
      return found.result.flatMap(({ metric, values }) => {
        const last = values.findLast(([seconds]) => Math.abs(seconds * 1000 - atMs) < 1);
        return last ? [{ labels: metric, value: numberOf(last[1]) }] : [];
      });
    default:
      return [{ labels: {}, value: numberOf(found.result[1]) }];
  }
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

const texts = z.array(z.string());
const series = z.array(labels);

export function seriesOf(
  ask: Ask,
  match: string,
  range: TimeRange,
): Promise<readonly Readonly<Record<string, string>>[]> {
  return ask('series', [['match[]', match], ...timesOf(range)]).then((answer) =>
    'refused' in answer ? [] : (series.safeParse(answer.data).data ?? []),
  );
}

/** The series of a selector, whatever range or offset it has. */
export function matchOf({ matchers }: SelectorExpr): string {
  return `{${matchers.map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`).join(',')}}`;
}

/** What variables ask for; what Prometheus refuses gives no options, as in Grafana. */
export function variableSource(ask: Ask, range: TimeRange): VariableSource {
  const names = async (endpoint: string, match: string | undefined) => {
    const answer = await ask(endpoint, [
      ...(match === undefined ? [] : [['match[]', match] as const]),
      ...timesOf(range),
    ]);
    return 'refused' in answer ? [] : (texts.safeParse(answer.data).data ?? []);
  };
  return {
    labelNames: (match) => names('labels', match),
    labelValues: (label, match) => names(`label/${encodeURIComponent(label)}/values`, match),
    async queryResult(expr) {
      const answer = await askPanel(ask, expr, range, undefined);
      if ('refused' in answer) return [];
      return answer.values.map(({ labels: own, value }) => `${shown(own)} ${value} ${answer.atMs}`);
    },
    series: async (match) => (await seriesOf(ask, match, range)).map(shown),
  };
}

function shown({ __name__: name = '', ...rest }: Readonly<Record<string, string>>): string {
  return `${name}{${Object.entries(rest)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;
}

function timesOf({ fromMs, toMs }: TimeRange): readonly (readonly [string, string])[] {
  return [
    ['start', String(Math.floor(fromMs / 1000))],
    ['end', String(Math.ceil(toMs / 1000))],
  ];
}

const targets = z.object({ activeTargets: z.array(z.object({ scrapeInterval: z.string() })) });

/** Texts such as `2s` of everything that is scraped now. */
export async function scrapeIntervals(ask: Ask): Promise<readonly string[]> {
  const answer = await ask('targets', [['state', 'active']]);
  const found = 'refused' in answer ? undefined : targets.safeParse(answer.data).data;
  return (found?.activeTargets ?? []).map(({ scrapeInterval }) => scrapeInterval);
}
