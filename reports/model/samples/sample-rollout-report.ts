/** A whole report of a rollout profile for tests: an aborted canary with its boundary pairs, proved or refuted. */
import type { ClaimReport, FindingReport, RunReport } from '../run-report.ts';
import { sampleErrorLedger, sampleLatency } from './sample-latency.ts';
import { sampleLedger, sampleRolloutTimeline } from './sample-ledger.ts';
import { sampleReport } from './sample-report.ts';
import { sampleAnalyses, sampleBoundaries, sampleWaterfall } from './sample-rollback.ts';
import { FRONTENDS, ROUTE_OBJECT } from './sample-rollout-schedule.ts';

const STARTED_AT = Date.UTC(2026, 10, 21, 12, 3, 20);

/** All that a rollout adds to a report. @param startedAt Unix ms of the first commit */
export function sampleRolloutEvidence(outcome: 'passed' | 'failed', startedAt: number) {
  const failed = outcome === 'failed';
  const { heatMap, percentiles } = sampleLatency(startedAt, failed);
  return {
    ledgers: [sampleLedger(startedAt, failed)],
    heatMaps: [heatMap],
    percentiles: [percentiles],
    errorLedgers: [sampleErrorLedger(startedAt, failed)],
    waterfalls: [sampleWaterfall(startedAt, failed)],
    analyses: sampleAnalyses(startedAt, failed),
    boundaries: sampleBoundaries(failed),
  } satisfies Partial<RunReport>;
}

export function sampleRolloutReport(outcome: 'passed' | 'failed'): RunReport {
  const base = sampleReport(outcome);
  const startedAt = STARTED_AT + 31_000;
  const failed = outcome === 'failed';
  return {
    ...base,
    run: {
      ...base.run,
      id: '20261121-120320-zero-downtime-91bc',
      command: ['canaryproof', 'conform', 'zero-downtime'],
      reproduce: 'canaryproof conform zero-downtime --seed 7f3a91',
      finishedAt: STARTED_AT + 241_000,
    },
    subject: { ...base.subject, name: 'zero-downtime', title: 'Canary with Argo Rollouts and Prometheus analysis' },
    headline: failed
      ? 'After the abort a proxy went on sending requests to the canary for 9.4 s. 2 of 11 boundary runs failed and 42 requests were lost.'
      : 'All 5 claims hold: 11 of 11 boundary runs ended as declared, 88 of 88 measurements agree with the oracle, no request was lost.',
    components: [
      ...base.components,
      {
        name: 'argo-rollouts',
        version: 'v1.9.2',
        origin: 'built from go module github.com/argoproj/argo-rollouts@v1.9.2',
      },
    ],
    claims: sampleRolloutClaims(failed),
    splits: [],
    timelines: [sampleRolloutTimeline(startedAt, failed)],
    findings: failed ? sampleLedgerFindings(startedAt) : [],
    ...sampleRolloutEvidence(outcome, startedAt),
  };
}

/** One finding of each layer that a ledger can blame, with all that it points at. */
export function sampleLedgerFindings(startedAt: number): FindingReport[] {
  return [
    {
      code: 'XDS_STALE_ROUTE',
      layer: 'xds',
      severity: 'error',
      sentence: 'A proxy acknowledged weight 0 only 9.38 s after it was written; 2 s are allowed.',
      hint: 'Look at `istioctl proxy-status`; a rejected push (NACK) keeps the previous route.',
      object: ROUTE_OBJECT,
      field: 'spec.http[0].route[1].weight',
      writer: 'rollouts-controller',
      proxy: FRONTENDS[1],
      atMs: startedAt + 119_320,
    },
    {
      code: 'OBSERVED_CANARY_AFTER_ABORT',
      layer: 'observed',
      severity: 'error',
      sentence: 'In-mesh clients got 24.9 % from the canary while 0 % was declared.',
      object: ROUTE_OBJECT,
      atMs: startedAt + 117_640,
    },
    {
      code: 'API_FOREIGN_WRITER',
      layer: 'api',
      severity: 'error',
      sentence: 'The weight was written by a hand, not by the controller.',
      object: ROUTE_OBJECT,
      field: 'spec.http[0].route[1].weight',
      writer: 'kubectl-edit',
      atMs: startedAt + 72_000,
    },
    {
      code: 'GIT_NOT_APPLIED',
      layer: 'git',
      severity: 'warning',
      sentence: 'Commit 77ac01f was applied 4.0 s after it was pushed; 3 s are allowed.',
      object: ROUTE_OBJECT,
      atMs: startedAt + 11_000,
    },
    {
      code: 'ORACLE_DISAGREES',
      layer: 'instrument',
      severity: 'warning',
      sentence: 'Measurement 4 of latency-p95 was Failed at 500.8; the oracle makes it 498.6, Successful.',
    },
  ];
}

function sampleRolloutClaims(failed: boolean): ClaimReport[] {
  const claim = (
    id: string,
    title: string,
    durationMs: number,
    good: string,
    bad?: readonly [ClaimReport['outcome'], string],
  ): ClaimReport => ({
    id: `zero-downtime/${id}`,
    title,
    outcome: failed && bad !== undefined ? bad[0] : 'passed',
    sentence: failed && bad !== undefined ? bad[1] : good,
    details: [],
    durationMs,
  });
  const asDeclared = (n: number) => `${n} of ${n} boundary runs ended as declared.`;
  return [
    claim('rollback-error-rate', 'More than 1 % errors for 2 min roll back, less does not', 141_000, asDeclared(4), [
      'failed',
      '3 of 4 boundary runs ended as declared.',
    ]),
    claim('rollback-latency', 'A p95 above 500 ms rolls back', 139_000, asDeclared(3), [
      'failed',
      '3 of 3 boundary runs ended as declared, but 42 requests were lost.',
    ]),
    claim('rollback-success-rate', 'A success rate below 99 % rolls back', 140_000, asDeclared(4), [
      'inconclusive',
      '3 of 4 boundary runs ended as declared, one was not decided.',
    ]),
    claim('no-lost-request', 'No request is lost on the way back', 152_000, '0 of 82400 requests were lost.', [
      'failed',
      '42 of 82400 requests were lost; none is allowed.',
    ]),
    claim('undo', 'An undo restores the older version', 21_000, 'Clients got v1 again 2.4 s after the undo.'),
  ];
}
