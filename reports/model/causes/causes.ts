/**
 * Why a run did not pass, for somebody who reads under stress: one cause, one sentence, how often it was met, since when,
 * and what to do first. Selection and counting only; every sentence was written by the judge that found it.
 *
 * Findings are one cause when they have the same code, object, field and advice: a lost request of six trials is one
 * thing to look into, two objects with wrong weights are two. What no finding explains (a trial that ended on the wrong
 * side, a claim without findings) speaks for itself.
 */
import type { BoundaryReport } from '../rollout-report.ts';
import type { ClaimReport, FindingReport, RunReport } from '../run-report.ts';
import { tidyNumbers } from './tidy-numbers.ts';

export interface Cause {
  /** Stable code of the findings, `TRIAL_ENDED_OTHERWISE`, or `CLAIM_NOT_KEPT`. */
  readonly code: string;
  readonly sentence: string;
  /** How often the same was met: 1 or more. */
  readonly count: number;
  /** Where it was met, in order, such as the names of trials; empty when the sentence names the only place. */
  readonly places: readonly string[];
  /** When it was first seen; undefined where no evidence has a time. */
  readonly sinceMs?: number;
  /** The claim in which it was first met, for a cause without a time of its own. */
  readonly claimId?: string;
  readonly firstStep: string;
  readonly findings: readonly FindingReport[];
}

type Told = Pick<RunReport, 'claims' | 'findings' | 'boundaries' | 'splits'>;

/** Most often met first, then the earliest. Empty for a run in which every claim passed. */
export function causesOf(report: Told): readonly Cause[] {
  // what is refuted is said before what is only unknown
  const bad = report.claims
    .filter(({ outcome }) => outcome !== 'passed')
    .toSorted((a, b) => Number(b.outcome === 'failed') - Number(a.outcome === 'failed'));
  if (bad.length === 0) return [];
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  const found = [...groupBy(errors, causeKey).values()].map((findings) => causeOfFindings(findings));
  const trials = unexplainedTrials(report, errors);
  const explained = new Set([
    ...errors.flatMap(({ claimIds }) => claimIds ?? []),
    ...trials.flatMap(({ claimIds }) => claimIds),
  ]);
  // A finding without a claim may be about any of them, so then only what nobody could have explained stands alone.
  const unnamed = errors.some(({ claimIds }) => claimIds === undefined);
  const claims = bad.filter(({ id }) => !explained.has(id) && !unnamed).map((claim) => causeOfClaim(claim, report));
  return [...found, ...trials.map(({ cause }) => cause), ...claims]
    .map((cause, index) => ({ cause, index }))
    .toSorted(
      (a, b) =>
        b.cause.count - a.cause.count ||
        (a.cause.sinceMs ?? Number.POSITIVE_INFINITY) - (b.cause.sinceMs ?? Number.POSITIVE_INFINITY) ||
        a.index - b.index,
    )
    .map(({ cause }) => cause);
}

/** Findings with one key are one cause. */
function causeKey({ code, object, field, hint }: FindingReport): string {
  return JSON.stringify([code, object, field, hint]);
}

/** Findings of one cause and one severity together, in the given order. */
export function groupedByCause(findings: readonly FindingReport[]): readonly (readonly FindingReport[])[] {
  return [...groupBy(findings, (finding) => `${finding.severity} ${causeKey(finding)}`).values()];
}

/** The first finding of each cause, and how many there are. */
export function onePerCause(
  findings: readonly FindingReport[],
): readonly { readonly finding: FindingReport; readonly count: number }[] {
  return groupedByCause(findings).map((group) => ({ finding: group[0]!, count: group.length }));
}

/** `success-rate-inside: 3 of 2250 requests were lost` -> its place and the rest. */
const PLACE = /^([\w./ -]{1,60}?): (\S[\s\S]*)$/;

function causeOfFindings(findings: readonly FindingReport[]): Cause {
  const byTime = findings.toSorted((a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity));
  const first = byTime[0]!;
  const placed = byTime.map(({ sentence }) => PLACE.exec(sentence));
  const parted = byTime.length > 1 && placed.every((one) => one !== null);
  const times = byTime.flatMap(({ atMs }) => atMs ?? []);
  const claimId = first.claimIds?.[0];
  return {
    code: first.code,
    sentence: tidyNumbers(parted ? capital(placed[0]![2]!) : first.sentence),
    count: findings.length,
    places: parted
      ? placed.map((one) => one![1]!)
      : byTime.length > 1
        ? byTime.flatMap(({ where }) => where ?? [])
        : [],
    ...(times.length === 0 ? {} : { sinceMs: times[0]! }),
    ...(claimId === undefined ? {} : { claimId }),
    firstStep: first.hint ?? LAYER_STEP[first.layer],
    findings: byTime,
  };
}

const LAYER_STEP: Readonly<Record<FindingReport['layer'], string>> = {
  git: 'Compare the commit that Git holds with the one that was meant to be delivered.',
  controller: 'Read the log of the controller: what it believes is not what its steps in Git declare.',
  api: 'Ask who writes the object: the writer and the field are below, under Findings.',
  xds: 'Look at `istioctl proxy-status`: the proxy that is named holds another route than the API object.',
  observed: 'Read the ledger below from left to right: the first layer that differs is where it began.',
  instrument: 'Repair the instrument first, then run again: nothing is known about the subject yet.',
  manifest: 'Correct the manifest at the place that is named; `canaryproof lint` finds it again without a cluster.',
};

interface TrialCause {
  readonly cause: Cause;
  readonly claimIds: readonly string[];
}

/** Trials that did not end as they must and of which no finding speaks, by what was wrong with them. */
function unexplainedTrials({ boundaries }: Told, errors: readonly FindingReport[]): readonly TrialCause[] {
  const spokenOf = (trial: BoundaryReport) => errors.some(({ sentence }) => sentence.startsWith(`${trial.name}:`));
  const bad = boundaries.filter((trial) => trial.outcome !== 'passed' && !spokenOf(trial));
  return [...groupBy(bad, trialKey).values()].map((trials) => {
    const first = trials[0]!;
    const { end, why } = readEnd(first.observed);
    const sentence =
      end === first.expected
        ? `A trial of ${first.declared} ended as it must (${end}) and is ${first.outcome} all the same: ${why || 'no reason was recorded'}.`
        : `A trial of ${first.declared} had to be ${first.expected} and was ${end || 'not'}${why === '' ? '' : `: ${why}`} (injected: ${first.injected}).`;
    return {
      claimIds: [...new Set(trials.map(({ claimId }) => claimId))],
      cause: {
        code: 'TRIAL_ENDED_OTHERWISE',
        sentence: tidyNumbers(sentence),
        count: trials.length,
        places: trials.length > 1 ? trials.map(({ name }) => name) : [],
        claimId: first.claimId,
        firstStep:
          first.outcome === 'failed'
            ? 'Look at the measurements of this metric under Analyses: what Argo Rollouts measured, and what the oracle makes of the same samples.'
            : LAYER_STEP.instrument,
        findings: [],
      },
    };
  });
}

/** `promoted; success-rate Successful at [98.2]; 3 requests were lost` -> how it ended, and the rest. */
export function readEnd(observed: string): { readonly end: string; readonly why: string } {
  const [end = '', ...why] = observed.split('; ');
  return { end, why: why.join('; ') };
}

/** Figures differ from trial to trial; what is wrong does not. */
function trialKey({ claimId, expected, observed, outcome }: BoundaryReport): string {
  return JSON.stringify([claimId, outcome, expected, observed.replace(/[\d.]+/g, '#')]);
}

function causeOfClaim(claim: ClaimReport, { splits }: Told): Cause {
  const split = splits.find(({ claimId, outcome }) => claimId === claim.id && outcome !== 'passed');
  return {
    code: 'CLAIM_NOT_KEPT',
    sentence: tidyNumbers(firstSentence(split?.sentence ?? claim.sentence)),
    count: 1,
    places: [],
    claimId: claim.id,
    ...(split === undefined ? {} : { sinceMs: split.decidedAt }),
    firstStep: CLAIM_STEP[claim.outcome],
    findings: [],
  };
}

const CLAIM_STEP: Readonly<Record<ClaimReport['outcome'], string>> = {
  passed: '',
  failed: LAYER_STEP.observed,
  inconclusive: 'Give it more time or a higher rate (`--rate`): too little was measured to decide.',
  invalid: LAYER_STEP.instrument,
};

/** Up to the first full stop that ends a sentence; texts without one are whole. */
export function firstSentence(text: string): string {
  return /^([\s\S]+?[.!?])(?=\s+\S|$)/.exec(text)?.[1] ?? text;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
