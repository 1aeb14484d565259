/** Propagation lag, boundary pairs, oracle, rollbacks, latency and lost requests as metrics. */
import { readErrorLedger } from '../model/error-ledger-reading.ts';
import { readPropagation } from '../model/ledger-reading.ts';
import type { OutcomeReport, RunReport } from '../model/run-report.ts';
import { rollbackSteps } from '../model/waterfall-reading.ts';
import type { MakeGauge } from './make-gauge.ts';

const OUTCOMES: readonly OutcomeReport[] = ['passed', 'failed', 'inconclusive', 'invalid'];

/** Of several changes the slowest counts: one number per object and stage that an alert can watch. */
export function ledgerMetrics(report: RunReport, gauge: MakeGauge): void {
  const lag = gauge(
    'propagation_lag_seconds',
    'Slowest change: from the write of the API object to the last proxy (stage proxies) or to clients (stage observed).',
    ['object', 'arm', 'stage'],
  );
  const changes = gauge('declared_changes', 'Changes of the declared weight that were watched.', ['object', 'arm']);
  const silent = gauge('proxy_unacknowledged_changes', 'Acknowledgements that never came while they were watched.', [
    'object',
    'arm',
  ]);
  const undeclared = gauge('undeclared_segments', 'Stretches of observed share at no declared level.', [
    'object',
    'arm',
  ]);
  for (const ledger of report.ledgers) {
    const labels = { object: ledger.object, arm: ledger.arm };
    const readings = ledger.changes.map(readPropagation);
    const slowest = (values: readonly (number | undefined)[], stage: string) => {
      const known = values.flatMap((value) => value ?? []);
      if (known.length > 0) lag.set({ ...labels, stage }, known.reduce((a, b) => Math.max(a, b)) / 1000);
    };
    slowest(
      readings.map(({ slowestMs }) => slowestMs),
      'proxies',
    );
    slowest(
      readings.map(({ observedMs }) => observedMs),
      'observed',
    );
    changes.set(labels, ledger.changes.length);
    silent.set(
      labels,
      readings.reduce((sum, one) => sum + one.silent, 0),
    );
    undeclared.set(labels, ledger.segments.filter(({ declaredShare }) => declaredShare === undefined).length);
  }
}

export function rolloutMetrics(report: RunReport, gauge: MakeGauge): void {
  boundaryMetrics(report, gauge);
  const oracle = gauge('oracle_measurements', 'Measurements of AnalysisRuns by what the oracle says of them.', [
    'result',
  ]);
  if (report.analyses.length > 0) {
    const all = report.analyses.flatMap(({ measurements }) => measurements);
    oracle.set({ result: 'agrees' }, all.filter(({ agrees }) => agrees === true).length);
    oracle.set({ result: 'differs' }, all.filter(({ agrees }) => agrees === false).length);
    oracle.set({ result: 'not_asked' }, all.filter(({ agrees }) => agrees === undefined).length);
  }
  const step = gauge('rollback_event_seconds', 'Event of a rollback, since its first event.', ['rollback', 'event']);
  const bad = gauge('rollback_bad_answers', 'Bad answers of the canary while the fault was on.', ['rollback']);
  for (const waterfall of report.waterfalls) {
    for (const { name, sinceStartMs } of rollbackSteps(waterfall))
      if (sinceStartMs !== undefined) step.set({ rollback: waterfall.title, event: name }, sinceStartMs / 1000);
    bad.set({ rollback: waterfall.title }, waterfall.badAnswers);
  }
  const lost = gauge('lost_requests', 'Requests not answered well that the run did not make fail itself.', ['ledger']);
  const budget = gauge('lost_requests_budget', 'Lost requests that are allowed.', ['ledger']);
  for (const ledger of report.errorLedgers) {
    lost.set({ ledger: ledger.title }, readErrorLedger(ledger).lost);
    budget.set({ ledger: ledger.title }, ledger.budget);
  }
  const latency = gauge('latency_seconds', 'Latency by quantile.', ['series', 'track', 'quantile']);
  for (const { title, tracks } of report.percentiles)
    for (const { track, points } of tracks)
      for (const { quantile, ms } of points)
        latency.set({ series: title, track, quantile: String(quantile) }, ms / 1000);
}

function boundaryMetrics(report: RunReport, gauge: MakeGauge): void {
  const labelNames = ['claim', 'boundary'];
  const outcome = gauge('boundary_outcome', '1 for the outcome of the boundary run, 0 for the other three.', [
    ...labelNames,
    'outcome',
  ]);
  const abort = gauge('boundary_abort_seconds', 'From the fault to the abort.', labelNames);
  const last = gauge(
    'boundary_last_canary_answer_seconds',
    'From the abort to the last answer of the canary.',
    labelNames,
  );
  const lost = gauge('boundary_lost_requests', 'Requests lost in the boundary run.', labelNames);
  const measured = gauge('boundary_measurements', 'Measurements of the boundary run.', labelNames);
  const agreed = gauge('boundary_oracle_agreements', 'Measurements that the oracle agrees with.', labelNames);
  for (const one of report.boundaries) {
    const labels = { claim: one.claimId, boundary: one.name };
    for (const name of OUTCOMES) outcome.set({ ...labels, outcome: name }, name === one.outcome ? 1 : 0);
    if (one.abortAfterMs !== undefined) abort.set(labels, one.abortAfterMs / 1000);
    if (one.lastCanaryAfterMs !== undefined) last.set(labels, one.lastCanaryAfterMs / 1000);
    lost.set(labels, one.lostRequests);
    measured.set(labels, one.measurements);
    agreed.set(labels, one.oracleAgrees);
  }
}
