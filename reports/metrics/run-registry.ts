/** The figures of a run as Prometheus metrics in a registry of their own (prom-client's global one is not touched). */
import type { Registry } from 'prom-client';
import type { OutcomeReport, RunReport } from '../model/run-report.ts';
import { canaryArm, readEvidence } from '../model/split-reading.ts';
import { capacityMetrics } from './capacity-metrics.ts';
import type { MakeGauge } from './make-gauge.ts';
import { ledgerMetrics, rolloutMetrics } from './rollout-metrics.ts';

const OUTCOMES: readonly OutcomeReport[] = ['passed', 'failed', 'inconclusive', 'invalid'];

export async function runRegistry(report: RunReport): Promise<Registry> {
  const { Gauge, Registry: NewRegistry } = await import('prom-client');
  const registry = new NewRegistry();
  registry.setDefaultLabels({ subject: report.subject.name, provider: report.subject.provider, kind: report.run.kind });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `canaryproof_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const { run } = report;

  const outcome = gauge('run_outcome', '1 for the outcome of the run, 0 for the other three.', ['outcome']);
  for (const one of OUTCOMES) outcome.set({ outcome: one }, one === report.outcome ? 1 : 0);
  gauge('run_start_timestamp_seconds', 'When the run started, Unix time.').set(run.startedAt / 1000);
  gauge('run_end_timestamp_seconds', 'When the run ended, Unix time.').set(run.finishedAt / 1000);
  gauge('run_duration_seconds', 'How long the run took.').set((run.finishedAt - run.startedAt) / 1000);
  gauge('run_interrupted', '1 when the run was interrupted.').set(run.interrupted ? 1 : 0);
  gauge('run_info', 'Always 1; identifies the run.', ['run_id', 'seed', 'hash']).set(
    { run_id: run.id, seed: run.seed, hash: report.subject.hash },
    1,
  );
  const component = gauge('component_info', 'Always 1; a component and the version it states.', [
    'component',
    'version',
  ]);
  for (const one of report.components) component.set({ component: one.name, version: one.version }, 1);
  claimMetrics(report, gauge);
  splitMetrics(report, gauge);
  booksMetrics(report, gauge);
  capacityMetrics(report, gauge);
  ledgerMetrics(report, gauge);
  rolloutMetrics(report, gauge);
  const findings = gauge('findings', 'Findings by severity and layer.', ['severity', 'layer']);
  for (const finding of report.findings) findings.inc({ severity: finding.severity, layer: finding.layer });
  return registry;
}

function claimMetrics(report: RunReport, gauge: MakeGauge): void {
  const outcome = gauge('claim_outcome', '1 for the outcome of the claim, 0 for the other three.', [
    'claim',
    'outcome',
  ]);
  const duration = gauge('claim_duration_seconds', 'How long judging the claim took.', ['claim']);
  for (const claim of report.claims) {
    for (const one of OUTCOMES) outcome.set({ claim: claim.id, outcome: one }, one === claim.outcome ? 1 : 0);
    duration.set({ claim: claim.id }, claim.durationMs / 1000);
  }
}

function splitMetrics(report: RunReport, gauge: MakeGauge): void {
  const byArm = ['split', 'path', 'arm'];
  const bySplit = ['split', 'path'];
  const declared = gauge('split_declared_ratio', 'Declared share of the arm.', byArm);
  const observed = gauge('split_observed_ratio', 'Observed share of the arm.', byArm);
  const low = gauge('split_observed_low_ratio', 'Lower end of the interval of the observed share.', byArm);
  const high = gauge('split_observed_high_ratio', 'Upper end of the interval of the observed share.', byArm);
  const requests = gauge('split_arm_requests', 'Requests that the arm answered.', byArm);
  const outcome = gauge('split_outcome', '1 for the outcome of the split, 0 for the other three.', [
    ...bySplit,
    'outcome',
  ]);
  const samples = gauge('split_requests', 'Requests judged.', bySplit);
  const unattributed = gauge('split_unattributed_requests', 'Requests whose receiver did not name itself.', bySplit);
  const errors = gauge('split_error_requests', 'Requests that failed.', bySplit);
  const drift = gauge(
    'split_smallest_detectable_drift_ratio',
    'Smallest drift of the canary arm that a fixed sample of this size finds.',
    bySplit,
  );
  const excluded = gauge(
    'split_excluded_drift_ratio',
    'No share is off by this much or more, at error rate beta; at most the margin where the split passed.',
    bySplit,
  );
  const against = gauge('split_log_e_value', 'Highest natural log of the e-value against the declared split.', bySplit);
  const limit = gauge('split_log_e_limit', 'Natural log of 1/alpha: the split is refuted at or above it.', bySplit);
  const duration = gauge('split_duration_seconds', 'From the first request to the decision.', bySplit);
  for (const split of report.splits) {
    const labels = { split: split.id, path: split.path };
    for (const one of OUTCOMES) outcome.set({ ...labels, outcome: one }, one === split.outcome ? 1 : 0);
    samples.set(labels, split.samples);
    unattributed.set(labels, split.unattributed);
    errors.set(labels, split.errors);
    limit.set(labels, split.failLogE);
    duration.set(labels, (split.decidedAt - split.startedAt) / 1000);
    const evidence = readEvidence(split);
    if (evidence !== undefined) against.set(labels, evidence.against);
    if (split.excludedDrift !== undefined && split.samples > 0) excluded.set(labels, split.excludedDrift);
    const canary = canaryArm(split);
    if (canary !== undefined && split.samples > 0) drift.set(labels, canary.smallestDetectableDrift);
    for (const arm of split.arms) {
      const armLabels = { ...labels, arm: arm.name };
      declared.set(armLabels, arm.declaredShare);
      requests.set(armLabels, arm.count);
      if (split.samples === 0) continue;
      observed.set(armLabels, arm.estimate);
      low.set(armLabels, arm.interval.low);
      high.set(armLabels, arm.interval.high);
    }
  }
}

function booksMetrics(report: RunReport, gauge: MakeGauge): void {
  const sent = gauge('books_sent_requests', 'Requests that left the load generator.', ['books']);
  const missing = gauge(
    'books_missing_requests',
    'Requests sent that were neither answered, failed, unattributed nor interrupted.',
    ['books'],
  );
  const dropped = gauge('books_dropped_iterations', 'Iterations that the load generator could not start in time.', [
    'books',
  ]);
  const cpu = gauge('books_generator_cpu_ratio', 'CPU seconds of the load generator per second.', ['books']);
  for (const one of report.books) {
    const answered = one.answeredByArm.reduce((sum, { count }) => sum + count, 0);
    sent.set({ books: one.id }, one.sent);
    missing.set({ books: one.id }, one.sent - answered - one.errors - one.unattributed - one.interrupted);
    dropped.set({ books: one.id }, one.droppedIterations);
    cpu.set({ books: one.id }, one.generator.cpuShare);
  }
}
