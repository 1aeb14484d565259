/**
 * Intervals of a query and the macros that stand for them. The front end: grafana/grafana, packages/grafana-data/src/
 * datetime/rangeutil.ts (calculateInterval, roundInterval); the back end, which has the last word: pkg/promlib/models/query.go
 * (calculatePrometheusInterval, calculateRateInterval, interpolateVariables), grafana-plugin-sdk-go gtime.GetIntervalFrom.
 */

const UNIT_MS: Readonly<Record<string, number>> = {
  ...{ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 },
};
const DEFAULT_SCRAPE = '15s';
/** Prometheus answers with 11,000 points at most. */
const SAFE_POINTS = 11_000;

/** `>15s`, `1m`, `500ms`; undefined when the text is no interval. */
export function intervalMs(text: string): number | undefined {
  const [, amount, unit] = /^>?\s*(\d+(?:\.\d+)?)\s*(ms|[smhdw])?$/.exec(text.trim()) ?? [];
  return amount === undefined ? undefined : Number(amount) * (UNIT_MS[unit ?? 's'] ?? 1000);
}

/** Upper end of each class of lengths, and what they are rounded to. */
const ROUNDED: readonly (readonly [belowMs: number, toMs: number])[] = [
  ...([
    [10, 1],
    [15, 10],
    [35, 20],
    [75, 50],
    [150, 100],
    [350, 200],
    [750, 500],
  ] as const),
  ...([
    [1_500, 1_000],
    [3_500, 2_000],
    [7_500, 5_000],
    [12_500, 10_000],
    [17_500, 15_000],
    [25_000, 20_000],
  ] as const),
  ...([
    [45_000, 30_000],
    [90_000, 60_000],
    [210_000, 120_000],
    [450_000, 300_000],
    [750_000, 600_000],
  ] as const),
  ...([
    [1_050_000, 900_000],
    [1_500_000, 1_200_000],
    [2_700_000, 1_800_000],
    [5_400_000, 3_600_000],
  ] as const),
];

function rounded(ms: number): number {
  return ROUNDED.find(([belowMs]) => ms < belowMs)?.[1] ?? 3_600_000;
}

export interface QueryTimes {
  /** Of the dashboard's time range. */
  readonly rangeMs: number;
  /** Of the data source; undefined: Grafana's 15 s. */
  readonly scrape: string | undefined;
  /** "Min interval" of the panel, "Min step" of the query, after their variables were replaced. */
  readonly panelInterval: string | undefined;
  readonly minStep: string | undefined;
  readonly maxDataPoints: number;
  readonly intervalFactor: number;
}

export interface QueryIntervals {
  /** Of the range query, and what `$__interval` stands for. */
  readonly stepMs: number;
  readonly rateIntervalMs: number;
  readonly rangeMs: number;
}

const isRateInterval = (text: string | undefined) => text === '$__rate_interval' || text === '${__rate_interval}';
const isMacro = (text: string | undefined) => text !== undefined && /^\$(__|\{__)/.test(text);

export function intervalsOf(times: QueryTimes): QueryIntervals {
  const { rangeMs, scrape, panelInterval, minStep, maxDataPoints, intervalFactor } = times;
  const scrapeMs = intervalMs(scrape ?? DEFAULT_SCRAPE) ?? 15_000;
  const lowest = (panelInterval === undefined ? undefined : intervalMs(panelInterval)) ?? scrapeMs;
  // of the front end
  const askedMs = Math.max(rounded(rangeMs / maxDataPoints), lowest);
  const minMs =
    minStep === undefined || minStep === '' || isMacro(minStep) ? askedMs : (intervalMs(minStep) ?? askedMs);
  const adjustedMs = Math.max(rounded(rangeMs / maxDataPoints), minMs, rounded(rangeMs / SAFE_POINTS));
  const rateOf = (queryMs: number, ofScrapeMs: number) => Math.max(queryMs + ofScrapeMs, 4 * ofScrapeMs);
  if (isRateInterval(minStep)) {
    const stepMs = rateOf(adjustedMs, scrapeMs);
    return { stepMs, rateIntervalMs: stepMs, rangeMs };
  }
  const stepMs = adjustedMs * intervalFactor;
  const ofScrapeMs = isMacro(minStep) ? stepMs : (minStep && intervalMs(minStep)) || scrapeMs;
  return { stepMs, rateIntervalMs: rateOf(askedMs, ofScrapeMs), rangeMs };
}

/** With `$__interval`, `$__rate_interval`, `$__range` and their kin replaced, in either spelling. */
export function replaceMacros(expr: string, { stepMs, rateIntervalMs, rangeMs }: QueryIntervals): string {
  const seconds = Math.round(rangeMs / 1000);
  const values: readonly (readonly [string, string])[] = [
    ['__interval_ms', String(stepMs)],
    ['__interval', duration(stepMs)],
    ['__range_ms', String(rangeMs)],
    ['__range_s', String(seconds)],
    ['__range', `${seconds}s`],
    ['__rate_interval_ms', String(rateIntervalMs)],
    ['__rate_interval', duration(rateIntervalMs)],
  ];
  return values.reduce(
    (text, [name, value]) => text.replaceAll(`$${name}`, value).replaceAll(`\${${name}}`, value),
    expr,
  );
}

function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
