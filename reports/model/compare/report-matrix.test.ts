import { expect, test } from 'vitest';
import type { RunReport } from '../run-report.ts';
import { sampleRolloutReport } from '../samples/sample-rollout-report.ts';
import { reportMatrix } from './report-matrix.ts';

const rollouts = (report: RunReport, version: string): RunReport => ({
  ...report,
  run: { ...report.run, id: `run-${version}` },
  components: report.components.map((one) => (one.name === 'argo-rollouts' ? { ...one, version } : one)),
});

test('columns are named after what differs, rows are claims, cells count boundary runs', () => {
  const matrix = reportMatrix([
    rollouts(sampleRolloutReport('passed'), 'v1.9.2'),
    rollouts(sampleRolloutReport('failed'), 'v1.8.5'),
  ]);
  expect(matrix.columns.map(({ label, outcome }) => [label, outcome])).toEqual([
    ['argo-rollouts v1.9.2', 'passed'],
    ['argo-rollouts v1.8.5', 'failed'],
  ]);
  expect(matrix.rows.map(({ claimId, uniform }) => [claimId, uniform])).toEqual([
    ['zero-downtime/rollback-error-rate', false],
    ['zero-downtime/rollback-latency', false],
    ['zero-downtime/rollback-success-rate', false],
    ['zero-downtime/no-lost-request', false],
    ['zero-downtime/undo', true],
  ]);
  expect(matrix.rows[0]?.cells.map((cell) => cell?.boundaries)).toEqual([
    { asDeclared: 4, all: 4 },
    { asDeclared: 3, all: 4 },
  ]);
  expect(matrix.sentence).toBe('5 claims over 2 runs: 4 do not have the same outcome everywhere.');
});

test('a claim that a run did not judge leaves a hole, never a pass; equal runs are told apart by id', () => {
  const report = sampleRolloutReport('passed');
  const matrix = reportMatrix([
    report,
    { ...report, run: { ...report.run, id: 'b' }, claims: report.claims.slice(0, 3) },
  ]);
  expect(matrix.rows[3]?.cells[1]).toBeUndefined();
  expect(matrix.rows[3]?.uniform).toBe(false);
  expect(matrix.columns.map(({ label }) => label)).toEqual([report.run.id, 'b']);
});
