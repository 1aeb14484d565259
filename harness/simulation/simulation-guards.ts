/** What makes a simulation meaningless (refused) or weaker than it looks (a warning). */
import type { SimulationWarning } from '../../reports/model/simulation-report.ts';
import { usageError } from '../errors/harness-error.ts';
import { parseGoDuration } from '../oracle/go-duration.ts';
import { childrenOf, type PromExpr } from '../oracle/promql/promql-tree.ts';
import type { CompiledPolicy } from './compile-policy.ts';
import type { Scenario } from './scenario.ts';

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

export function warningsOf(
  { queries, metrics }: CompiledPolicy,
  { scrapeIntervalMs, recording }: Scenario,
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
  const slow = metrics.filter(({ query }) => query.evaluatedBy === 'oracle').map(({ name }) => name);
  if (slow.length > 0)
    warn(
      'JUDGED_BY_ORACLE',
      `${[...new Set(slow)].join(', ')}: evaluated by the oracle itself, not compiled (${slow.length} of ${metrics.length} queries); the same answers, slower`,
    );
  return warnings;
}
