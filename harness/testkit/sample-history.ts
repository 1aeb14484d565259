/** Reports of nights: the sample report at another time, commit and release, with another share of its in-mesh split. */
import type { OutcomeReport, RunReport } from '../../reports/model/run-report.ts';
import { sampleReport } from '../../reports/model/samples/sample-report.ts';
import { sampleSplit } from '../../reports/model/samples/sample-split.ts';

export interface Night {
  /** From 0; a night is a day later than the one before. */
  readonly night: number;
  readonly commit: string;
  readonly argoRollouts?: string;
  /** Of the in-mesh split, whose declared share is 10 %. */
  readonly trueShare?: number;
  readonly outcome?: OutcomeReport;
}

const DAY_MS = 86_400_000;
export const SPLIT_CLAIM = 'bookinfo/split-90-10';

export function nightReport({ night, commit, argoRollouts = '1.8.5', trueShare = 0.1, outcome }: Night): RunReport {
  const base = sampleReport('passed');
  const startedAt = base.run.startedAt + night * DAY_MS;
  const ingress = base.splits.filter(({ path }) => path === 'ingress');
  const mesh = sampleSplit({
    id: 'reviews-90-10-mesh',
    claimId: SPLIT_CLAIM,
    path: 'mesh',
    declaredShare: 0.1,
    trueShare,
    startedAt,
    requestsPerSecond: 200,
    seed: 100 + night,
  });
  const verdict = outcome ?? mesh.outcome;
  return {
    ...base,
    run: {
      ...base.run,
      id: `run-${String(night).padStart(3, '0')}`,
      startedAt,
      finishedAt: startedAt + 164_200,
      gitRevision: commit,
    },
    outcome: verdict,
    components: [
      ...base.components.filter(({ name }) => name !== 'argo-rollouts'),
      { name: 'argo-rollouts', version: argoRollouts, origin: 'a sample' },
    ],
    claims: base.claims.map((claim) =>
      claim.id === SPLIT_CLAIM ? { ...claim, outcome: verdict, sentence: mesh.sentence } : claim,
    ),
    splits: [...ingress, mesh],
  };
}

/** Ten nights; from the seventh on another release sends half as much again to the canary. */
export function tenNights(): readonly RunReport[] {
  return Array.from({ length: 10 }, (_, night) =>
    nightReport({
      night,
      commit: `${night}`.repeat(40),
      ...(night < 6 ? {} : { argoRollouts: '1.9.2', trueShare: 0.15 }),
    }),
  );
}
