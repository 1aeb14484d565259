/** The report document of a `capacity` run. Pure. */
import { createHash } from 'node:crypto';
import { NO_CLUSTER_EVIDENCE, type RunReport } from '../../reports/model/run-report.ts';
import {
  arrivalsText,
  CAPACITY_FORMULAS,
  type CapacityTrials,
  capacityFindings,
  capacityPanel,
  generatorsOf,
  objectiveDetail,
} from '../capacity-trials/capacity-panel.ts';
import type { Conclusion } from '../capacity-trials/peak-answers.ts';
import type { ComponentVersion } from '../ports/component.ts';
import { type AgainstCanary, canaryQuestion } from './against-canary.ts';
import type { CapacityInput } from './input.ts';

const CAPACITY_CLAIM = 'capacity/bracket';
/** Of a canary whose capacity was searched as well. */
const CANARY_CLAIM = 'capacity/canary';

export interface MeasuredCapacity extends CapacityTrials {
  readonly id: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly interrupted: boolean;
  readonly components: readonly ComponentVersion[];
  readonly files: RunReport['appendix']['files'];
  /** Undefined where none was asked for. */
  readonly canary: AgainstCanary | undefined;
}

export function capacityReport(input: CapacityInput, measured: MeasuredCapacity): RunReport {
  const { conclusion, trials, canary } = measured;
  const judged = measured.interrupted
    ? {
        outcome: 'inconclusive' as const,
        sentence: `Cut short: the run was interrupted after ${trials.length} trials.`,
      }
    : conclusion;
  const title = `Capacity of ${input.url} under ${input.objective.text}`;
  const searched = canary?.search;
  const canaryTitle = `Capacity of ${input.against?.url} under ${input.objective.text}`;
  const canaryPanel = { id: 'capacity-canary', claimId: CANARY_CLAIM, title: canaryTitle };
  const durationMs = measured.finishedAt - measured.startedAt;
  return {
    schemaVersion: '1',
    run: {
      id: measured.id,
      kind: 'capacity',
      startedAt: measured.startedAt,
      finishedAt: measured.finishedAt,
      interrupted: measured.interrupted,
      command: [...input.command],
      reproduce: input.reproduce,
      seed: String(input.seed),
      host: input.host,
    },
    subject: {
      name: input.url,
      title,
      provider: 'none',
      hash: createHash('sha256')
        .update(JSON.stringify({ url: input.url, objective: input.objective.text }))
        .digest('hex'),
    },
    outcome: judged.outcome,
    headline: judged.sentence,
    components: measured.components.map((component) => ({ ...component })),
    claims: [
      {
        id: CAPACITY_CLAIM,
        title,
        outcome: judged.outcome,
        sentence: judged.sentence,
        details: [
          { label: 'objective', value: objectiveDetail(input.objective) },
          { label: 'arrivals', value: arrivalsText(input.arrivals) },
          { label: 'trials', value: String(trials.length) },
          { label: 'generators', value: String(generatorsOf(trials)) },
          { label: 'seed', value: String(input.seed) },
        ],
        durationMs,
      },
      ...(searched === undefined || measured.interrupted ? [] : [canaryClaim(searched.conclusion, canaryTitle)]),
    ],
    splits: [],
    timelines: [],
    books: [],
    ...NO_CLUSTER_EVIDENCE,
    capacity: [
      {
        ...capacityPanel(input, measured, { id: 'capacity', claimId: CAPACITY_CLAIM, title }),
        ...(canary === undefined ? {} : { against: canary.row }),
      },
      ...(searched === undefined ? [] : [capacityPanel(canaryQuestion(input), searched, canaryPanel)]),
    ],
    findings: [
      ...capacityFindings(input, measured),
      ...(searched === undefined
        ? []
        : capacityFindings(canaryQuestion(input), searched)
            // of the run as a whole: said once
            .filter(({ code }) => code !== 'CAPACITY_PACED' && code !== 'CAPACITY_GENERATOR_UNMEASURED')
            .map((finding) => ({ ...finding, where: input.against!.url }))),
      ...worseFindings(canary),
    ],
    appendix: {
      manifests: [],
      k6Options: trials.slice(-1).map(({ load }) => ({ phase: 'last trial', json: load.optionsJson })),
      files: measured.files,
      formulas: CAPACITY_FORMULAS,
      phases: [{ name: 'search', startedAt: measured.startedAt, durationMs }],
      notEnforced: [],
    },
  };
}

function canaryClaim({ outcome, sentence }: Conclusion, title: string): RunReport['claims'][number] {
  return { id: CANARY_CLAIM, title, outcome, sentence, details: [], durationMs: 0 };
}

function worseFindings(canary: AgainstCanary | undefined): RunReport['findings'] {
  const answer = canary?.conclusion.answers.find(({ question }) => question === 'against');
  if (answer?.outcome !== 'failed') return [];
  return [
    {
      code: 'CANARY_WORSE_THAN_STABLE',
      layer: 'observed',
      severity: 'error',
      sentence: answer.sentence,
      where: canary!.row.url,
      hint: 'Both got the same arrivals: compare what differs between the two versions, and how many pods each has.',
    },
  ];
}
