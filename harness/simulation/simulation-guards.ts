/** What makes a simulation meaningless (refused) or weaker than it looks (a warning), and what it takes for granted. */
import type { SimulationWarning } from '../../reports/model/simulation-report.ts';
import { percent } from '../documents/figures.ts';
import { usageError } from '../errors/harness-error.ts';
import { parseGoDuration } from '../oracle/go-duration.ts';
import { childrenOf, type PromExpr } from '../oracle/promql/promql-tree.ts';
import type { CompiledPolicy } from './compile-policy.ts';
import { measuredAnswers, undecidedShare } from './latency-model.ts';
import type { Scenario } from './scenario.ts';

const RECORDED = 'traffic and errors are as recorded, in blocks of ten minutes and ten intervals or more';
const INDEPENDENT =
  'requests are independent of each other but for the Fano factor of the errors of one scrape interval';
const RATES = new Set(['rate', 'increase', 'delta', 'irate', 'idelta']);

function rateWindowsMs(expr: PromExpr): number[] {
  const isRate = expr.kind === 'call' && RATES.has(expr.name);
  const own = isRate ? expr.args.flatMap((arg) => (arg.kind === 'selector' ? [arg.rangeMs ?? 0] : [])) : [];
  return [...own, ...childrenOf(expr).flatMap(rateWindowsMs)];
}

/** @throws HarnessError SIMULATION_WINDOW_EMPTY (exit 2): a rate needs two scrapes, and the window never holds them */
export function checkWindows({ queries }: CompiledPolicy, { scrapeIntervalMs }: Scenario): void {
  for (const { metric, expr } of queries) {
    const windowMs = Math.min(...rateWindowsMs(expr));
    if (windowMs <= scrapeIntervalMs)
      throw usageError(
        'SIMULATION_WINDOW_EMPTY',
        `metric ${metric.name}: a window of ${windowMs / 1000} s never holds two scrapes that are ${scrapeIntervalMs / 1000} s apart`,
        { hint: 'Every measurement would be without data. Use a window of at least twice the scrape interval.' },
      );
  }
}

/** Answers (a share, 0 to 1) of which a coarse measurement does not say on which side of a bucket's bound they are. */
const COARSE = 0.01;

export function warningsOf(
  { queries, metrics, model }: CompiledPolicy,
  { scrapeIntervalMs, recording, stable, bucketBoundsMs }: Scenario,
): readonly SimulationWarning[] {
  const warnings: SimulationWarning[] = [];
  const said = new Set<string>();
  const warn = (code: SimulationWarning['code'], sentence: string) => {
    if (!said.has(sentence)) warnings.push({ code, sentence });
    said.add(sentence);
  };
  for (const { metric, expr } of queries) {
    const windows = rateWindowsMs(expr);
    if (windows.length === 0) continue;
    const windowMs = Math.min(...windows);
    if (windowMs < 2 * scrapeIntervalMs)
      warn(
        'WINDOW_SHORT',
        `${metric.name}: the window (${windowMs / 1000} s) is shorter than two scrape intervals, so some measurements have no data`,
      );
    const intervalMs = metric.interval === undefined ? undefined : parseGoDuration(metric.interval);
    if (intervalMs !== undefined && intervalMs < Math.max(...windows))
      warn(
        'WINDOWS_OVERLAP',
        `${metric.name}: measured every ${intervalMs / 1000} s over ${Math.max(...windows) / 1000} s, so one bad moment fails several measurements`,
      );
  }
  if (recording && recording.intervalMs > scrapeIntervalMs)
    warn(
      'RECORDING_COARSE',
      `the recording counts every ${recording.intervalMs / 1000} s and Prometheus scrapes every ${scrapeIntervalMs / 1000} s, so bursts within an interval are spread over it`,
    );
  for (const warning of recording?.warnings ?? [])
    warn('RECORDING_PARTIAL', `when the traffic was recorded, ${warning}`);
  const readsBuckets = model.canary.goodBuckets.length > 0;
  for (const boundMs of readsBuckets ? bucketBoundsMs : []) {
    const undecided = undecidedShare(stable.latency, boundMs);
    if (undecided > COARSE)
      warn(
        'LATENCY_COARSE',
        `${percent(undecided, { digits: 3 })} of the measured answers are in the bin around the bucket bound ${boundMs} ms, and are taken as evenly spread over it`,
      );
  }
  const slow = metrics.filter(({ query }) => query.evaluatedBy === 'oracle').map(({ name }) => name);
  if (slow.length > 0)
    warn(
      'JUDGED_BY_ORACLE',
      `${[...new Set(slow)].join(', ')}: evaluated by the oracle itself, not compiled (${slow.length} of ${metrics.length} queries); the same answers, slower`,
    );
  return warnings;
}

/** What a result rests on, a sentence each. */
export function assumptionsOf({ recording, scrapeLoss = 0, stable: { latency } }: Scenario): readonly string[] {
  const lost =
    scrapeLoss > 0
      ? `${percent(scrapeLoss, { digits: 3 })} of its scrapes fail, each for itself`
      : 'no scrape of it is lost by chance';
  return [
    recording ? RECORDED : INDEPENDENT,
    `each version is one scraped target, with a phase of its own; ${lost}`,
    'weights hold exactly from the moment when the proxies know them',
    ...('from' in latency
      ? [`answers take as long as ${measuredAnswers(latency)} measured ones did (${latency.from})`]
      : []),
  ];
}
