/** One client path of a rollout judged: the observed steps are the declared ones, and each holds its level. Pure. */

import type { FindingReport, SplitReport } from '../../../reports/model/run-report.ts';
import type { Assurance } from '../../documents/assurance.ts';
import { percent, seconds } from '../../documents/figures.ts';
import { type DeclaredRollout, declaredShares } from '../../rollouts/rollout-object.ts';
import type { RolloutLoadResult } from '../../traffic/recorded-load.ts';
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import { judgeShares } from '../../traffic/share-verdict.ts';
import { combineOutcomes } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import type { CanaryStepsClaim } from './declaration.ts';
import { type LocatedChange, type ObservedStep, reconstructSteps, type StepTimeline } from './step-timeline.ts';

export interface PathSteps {
  readonly path: 'ingress' | 'mesh';
  readonly outcome: Outcome;
  readonly sentence: string;
  readonly details: readonly { readonly label: string; readonly value: string }[];
  readonly splits: readonly SplitReport[];
  readonly changes: readonly LocatedChange[];
  readonly findings: readonly FindingReport[];
}

export interface StepQuestion {
  readonly claim: CanaryStepsClaim;
  readonly path: 'ingress' | 'mesh';
  readonly rollout: DeclaredRollout;
  readonly stableVersion: string;
  readonly assurance: Assurance;
  readonly ratePerSecond: number;
  /** The rollout was given up, which fails the claim by itself: the steps after that are not looked for. */
  readonly aborted: boolean;
}

export function judgeSteps(question: StepQuestion, result: RolloutLoadResult): PathSteps {
  const { claim, path, rollout, aborted } = question;
  const { hits, startsMs, slowMs } = labels(result.stream, claim.release.version);
  const timeline = reconstructSteps(hits, startsMs, declaredShares(rollout), { aborted, slowMs });
  const splits = timeline.steps
    .filter(({ level }) => level !== undefined)
    .map((step) => judgeStretch(question, step, timeline, result));
  // a step that ends before the margin can be excluded was too short for these error rates, not wrong
  const outcome = combineOutcomes([
    ...(timeline.problems.length > 0 ? (['failed'] as const) : []),
    ...splits.map((split) => split.outcome),
  ]);
  const seen = timeline.steps.map(({ level, share }) =>
    level === undefined ? `(${percent(share, { decimals: 1 })})` : percent(level, { decimals: 1 }),
  );
  const who = path === 'mesh' ? 'In-mesh clients' : 'Ingress clients';
  const widest = Math.max(0, ...timeline.changes.map(({ lowMs, highMs }) => highMs - lowMs));
  const weak = splits
    .filter((split) => split.outcome !== 'passed')
    .map(({ title, sentence }) => `${title}: ${sentence}`);
  return {
    path,
    outcome,
    splits,
    changes: timeline.changes,
    sentence: [
      `${who} saw ${seen.join(' → ')} (${result.stream.length} requests; each change located within ${seconds(widest, 2)} at 99 %).`,
      ...timeline.problems.map(({ sentence }) => sentence),
      ...weak,
    ].join(' '),
    details: timeline.changes.map(({ from, to, atMs, lowMs, highMs }) => ({
      label: `${path}: ${percent(from, { decimals: 1 })} → ${percent(to, { decimals: 1 })}`,
      value: `${new Date(atMs).toISOString()}, 99 % set ${((lowMs - atMs) / 1000).toFixed(2)} to +${seconds(highMs - atMs, 2)}`,
    })),
    findings: timeline.problems.map(({ code, sentence }) => ({
      code,
      layer: 'observed' as const,
      severity: 'error' as const,
      sentence: `${who}: ${sentence}`,
      where: `Rollout ${rollout.ref.namespace}/${rollout.ref.name}`,
      hint: 'Compare the declared weights, what each proxy acknowledged, and the steps of the Rollout.',
    })),
  };
}

/** All but this share of the answers must have come for a change to be over for clients. */
const SLOWEST_SHARE = 0.01;

/** 1 where the new version answered, in start order; requests that nobody signed say nothing about the weight. */
function labels(stream: RolloutStream, version: string) {
  const hits: number[] = [];
  const starts: number[] = [];
  const latenciesMs: number[] = [];
  for (let i = 0; i < stream.length; i += 1) {
    const entry = stream.at(i);
    if (entry.version === null) continue;
    hits.push(entry.version === version ? 1 : 0);
    starts.push(entry.startMs);
    latenciesMs.push(entry.latencyMs);
  }
  const slowest = Float64Array.from(latenciesMs).sort();
  const slowMs = slowest[Math.floor(slowest.length * (1 - SLOWEST_SHARE))] ?? 0;
  return { hits: Uint8Array.from(hits), startsMs: Float64Array.from(starts), slowMs };
}

/** The stretch of one step without the changes at its ends, before the split judge. */
function judgeStretch(
  question: StepQuestion,
  step: ObservedStep,
  timeline: StepTimeline,
  { stream, books }: RolloutLoadResult,
): SplitReport {
  const { claim, path, stableVersion } = question;
  const level = step.level ?? 0;
  const cameMs = timeline.changes.find(({ to, atMs }) => to === level && atMs < step.endMs)?.highMs;
  const wentMs = timeline.changes.find(({ from, atMs }) => from === level && atMs > step.startMs)?.lowMs;
  // where a change took a while, it is in neither of the steps
  const fromMs = Math.max(cameMs ?? step.startMs, step.startMs);
  const toMs = wentMs === undefined ? Number.POSITIVE_INFINITY : Math.min(wentMs, step.endMs);
  return judgeShares(stream, {
    id: `${claim.id.replaceAll('/', '-')}-${path}-${Math.round(level * 100)}`,
    claimId: claim.id,
    title: `step ${percent(level, { decimals: 1 })}, ${path === 'mesh' ? 'in-mesh' : 'ingress'}`,
    path,
    arms: [
      { name: stableVersion, share: 1 - level },
      { name: claim.release.version, share: level },
    ],
    assurance: question.assurance,
    ratePerSecond: question.ratePerSecond,
    fromMs,
    toMs,
    books,
  });
}
