/** The report document of an `assert-split` run. Pure. */
import { createHash } from 'node:crypto';
import { NO_CLUSTER_EVIDENCE, type RunReport, type SplitReport } from '../../reports/model/run-report.ts';
import { identifyText } from '../documents/identify-kinds.ts';
import type { ComponentVersion } from '../ports/component.ts';
import { SPLIT_FORMULAS } from '../traffic/formulas.ts';
import type { SplitPhaseResult } from '../traffic/split-phase.ts';
import type { AssertSplitInput } from './input.ts';

export const ASSERT_SPLIT_CLAIM = 'assert-split/split';

export interface MeasuredSplit {
  readonly id: string;
  readonly startedAt: number;
  readonly loadStartedAt: number;
  readonly finishedAt: number;
  readonly interrupted: boolean;
  readonly components: readonly ComponentVersion[];
  readonly phase: SplitPhaseResult;
  /** What the run says: the split's own verdict, unless the run was cut short. */
  readonly judged: Pick<SplitReport, 'outcome' | 'sentence'>;
  readonly files: RunReport['appendix']['files'];
}

export function assertSplitReport(input: AssertSplitInput, measured: MeasuredSplit): RunReport {
  const { split, books, series, followedArm, load } = measured.phase;
  const shares = input.arms.map(({ name, share }) => `${name} ${Number((share * 100).toFixed(6))} %`).join(', ');
  const followed = input.arms.find(({ name }) => name === followedArm);
  const loadMs = measured.finishedAt - measured.loadStartedAt;
  return {
    schemaVersion: '1',
    run: {
      id: measured.id,
      kind: 'assert-split',
      startedAt: measured.startedAt,
      finishedAt: measured.finishedAt,
      interrupted: measured.interrupted,
      command: [...input.command],
      reproduce: input.reproduce,
      seed: 'none: nothing in this run is random on our side',
      host: input.host,
    },
    subject: {
      name: input.url,
      title: `${input.url} gives ${shares}`,
      provider: 'none',
      ...(input.declared.context === undefined ? {} : { context: input.declared.context }),
      hash: createHash('sha256')
        .update(JSON.stringify({ url: input.url, arms: input.arms, identify: input.identify }))
        .digest('hex'),
    },
    outcome: measured.judged.outcome,
    headline: measured.judged.sentence,
    components: measured.components.map((component) => ({ ...component })),
    claims: [
      {
        id: ASSERT_SPLIT_CLAIM,
        title: `Requests to ${input.url} are split ${shares}`,
        outcome: measured.judged.outcome,
        sentence: measured.judged.sentence,
        details: [
          { label: 'declared by', value: input.declared.source },
          { label: 'identified by', value: identifyText(input.identify) },
          { label: 'offered load', value: `${input.ratePerSecond} requests/s` },
          { label: 'warm-up, not judged', value: `${input.warmUpRequests} requests` },
          { label: 'reason', value: split.reason },
        ],
        durationMs: loadMs,
      },
    ],
    splits: [split],
    timelines: [
      {
        title: `share of ${followedArm}`,
        arm: followedArm,
        declared: [
          {
            atMs: measured.loadStartedAt,
            share: followed?.share ?? 0,
            layer: input.declared.layer,
            source: input.declared.source,
          },
        ],
        series: [series],
        events: [
          {
            atMs: measured.loadStartedAt,
            lane: 'load',
            label: 'k6 starts',
            detail: `${input.ratePerSecond} requests/s`,
          },
          { atMs: split.decidedAt, lane: 'harness', label: `decided: ${split.outcome}`, detail: split.reason },
        ],
      },
    ],
    books: [books],
    ...NO_CLUSTER_EVIDENCE,
    findings: [
      ...books.problems.map((sentence) => ({
        code: 'BOOKS',
        layer: 'instrument' as const,
        severity: 'error' as const,
        sentence,
      })),
      ...routingFindings(split),
    ],
    appendix: {
      manifests:
        input.declared.manifest === undefined
          ? []
          : [
              {
                path: input.declared.source,
                sha256: createHash('sha256').update(input.declared.manifest).digest('hex'),
                text: input.declared.manifest,
              },
            ],
      k6Options: [{ phase: 'direct', json: load.optionsJson }],
      files: measured.files,
      formulas: SPLIT_FORMULAS,
      phases: [{ name: 'load', startedAt: measured.loadStartedAt, durationMs: loadMs }],
      notEnforced: [],
    },
  };
}

/** A guard that tripped is a finding of its own, also where the shares are right: a round robin, or sticky sessions. */
function routingFindings({ guards }: SplitPhaseResult['split']): RunReport['findings'] {
  return guards
    .filter(({ outcome, tendency }) => outcome === 'failed' && tendency !== undefined)
    .map(({ tendency, sentence }) => ({
      code: tendency === 'together' ? 'ROUTING_STICKS' : 'ROUTING_TOO_REGULAR',
      layer: 'observed' as const,
      severity: 'warning' as const,
      sentence: `Requests are not routed one by one: ${sentence}.`,
    }));
}
