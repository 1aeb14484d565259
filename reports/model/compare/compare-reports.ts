/**
 * Two runs side by side: the same claims, the same outcomes? Where they differ: is a difference of two estimates within
 * the noise of their samples, and what else differed that may explain it (provider, versions, what was declared)?
 * Pure; the runs' own verdicts are taken as they are and never computed again.
 */
import { usageError } from '../../../harness/errors/harness-error.ts';
import type { ClaimReport, OutcomeReport, RunReport } from '../run-report.ts';
import { compareEnvironments, type EnvironmentDifference } from './compare-environments.ts';
import { type ComparedShare, compareShares, NOISE_RATE } from './compare-shares.ts';

export type Agreement =
  /** The same outcome. */
  | 'same'
  /** One run proved what the other refuted. */
  | 'contradiction'
  /** Outcomes differ, but one of them decided nothing (inconclusive or invalid). */
  | 'undecided'
  | 'only-first'
  | 'only-second';

export interface ComparedClaim {
  readonly id: string;
  readonly title: string;
  readonly agreement: Agreement;
  readonly first?: ClaimReport;
  readonly second?: ClaimReport;
  /** What may explain a difference, most telling first; empty when the outcomes are the same. */
  readonly explanations: readonly string[];
}

export interface ComparedBoundary {
  readonly claimId: string;
  readonly name: string;
  readonly expected: string;
  readonly agreement: Agreement;
  readonly first?: { readonly outcome: OutcomeReport; readonly observed: string };
  readonly second?: { readonly outcome: OutcomeReport; readonly observed: string };
}

export interface ComparedRun {
  readonly id: string;
  readonly subject: string;
  readonly provider: string;
  readonly outcome: OutcomeReport;
  readonly headline: string;
  readonly startedAt: number;
  readonly durationMs: number;
}

export interface ReportComparison {
  readonly first: ComparedRun;
  readonly second: ComparedRun;
  /** True when every claim of either run is in both, with the same outcome. */
  readonly agrees: boolean;
  readonly sentence: string;
  readonly claims: readonly ComparedClaim[];
  readonly shares: readonly ComparedShare[];
  readonly boundaries: readonly ComparedBoundary[];
  readonly environment: readonly EnvironmentDifference[];
  /** Two-sided error rate of all intervals of `shares` together. */
  readonly noiseRate: number;
}

/** @throws HarnessError COMPARE_NOTHING_SHARED (exit 2) when the runs have no claim in common */
export function compareReports(first: RunReport, second: RunReport): ReportComparison {
  const shared = first.claims.some((claim) => second.claims.some(({ id }) => id === claim.id));
  if (!shared)
    throw usageError(
      'COMPARE_NOTHING_SHARED',
      `runs ${first.run.id} (${first.subject.name}) and ${second.run.id} (${second.subject.name}) have no claim in common`,
      { hint: 'Compare two runs of the same profile; `canaryproof history` lists them.' },
    );
  const shares = compareShares(first, second);
  const environment = compareEnvironments(first, second);
  const boundaries = compareBoundaries(first, second);
  const claims = compareClaims(first, second, { shares, boundaries, environment });
  const agrees = claims.every(({ agreement }) => agreement === 'same');
  const comparison = { claims, shares, boundaries, environment, agrees, noiseRate: NOISE_RATE };
  return {
    first: comparedRun(first),
    second: comparedRun(second),
    ...comparison,
    sentence: summarise(comparison),
  };
}

function comparedRun({ run, subject, outcome, headline }: RunReport): ComparedRun {
  return {
    id: run.id,
    subject: subject.name,
    provider: subject.provider,
    outcome,
    headline,
    startedAt: run.startedAt,
    durationMs: run.finishedAt - run.startedAt,
  };
}

function agreementOf(first: OutcomeReport | undefined, second: OutcomeReport | undefined): Agreement {
  if (first === undefined) return 'only-second';
  if (second === undefined) return 'only-first';
  if (first === second) return 'same';
  const decided = (outcome: OutcomeReport) => outcome === 'passed' || outcome === 'failed';
  return decided(first) && decided(second) ? 'contradiction' : 'undecided';
}

/** Keys of both lists in the order of the first, then what only the second has. */
function union<T>(first: readonly T[], second: readonly T[], key: (one: T) => string): readonly string[] {
  return [...new Set([...first.map(key), ...second.map(key)])];
}

type Differences = Pick<ReportComparison, 'shares' | 'boundaries' | 'environment'>;

function compareClaims(first: RunReport, second: RunReport, found: Differences): ComparedClaim[] {
  return union(first.claims, second.claims, ({ id }) => id).map((id) => {
    const a = first.claims.find((claim) => claim.id === id);
    const b = second.claims.find((claim) => claim.id === id);
    const agreement = agreementOf(a?.outcome, b?.outcome);
    return {
      id,
      title: (a ?? b)?.title ?? id,
      agreement,
      ...(a === undefined ? {} : { first: a }),
      ...(b === undefined ? {} : { second: b }),
      explanations: agreement === 'same' ? [] : explain(agreement, id, first, second, found),
    };
  });
}

function explain(
  agreement: Agreement,
  claimId: string,
  first: RunReport,
  second: RunReport,
  { shares, boundaries, environment }: Differences,
): string[] {
  const own = shares.filter((one) => one.claimId === claimId);
  const beyond = own.filter(({ difference }) => difference !== undefined && !difference.withinNoise);
  const text: string[] = [];
  if (agreement === 'undecided') text.push('One run decided nothing, so the runs do not contradict each other.');
  if (agreement === 'only-first' || agreement === 'only-second')
    text.push('The claim was judged in one run only: another profile, or a run that was stopped early.');
  for (const one of own)
    if (one.declaredFirst !== one.declaredSecond) text.push(`${one.title}, ${one.arm}: another share was declared.`);
  if (beyond.length > 0)
    text.push(`${beyond.map((one) => `${one.title}, ${one.arm}`).join('; ')}: the shares differ by more than noise.`);
  else if (own.length > 0) text.push('Every share of this claim is the same within noise.');
  const ended = boundaries.filter((one) => one.claimId === claimId && one.agreement !== 'same');
  if (ended.length > 0) text.push(`Boundary runs that differ: ${ended.map(({ name }) => name).join(', ')}.`);
  for (const [which, report] of [['first', first] as const, ['second', second] as const])
    if (report.run.interrupted) text.push(`The ${which} run was interrupted.`);
  if (environment.length > 0) text.push(`What else differed: ${environment.map(({ what }) => what).join(', ')}.`);
  return text;
}

function compareBoundaries(first: RunReport, second: RunReport): ComparedBoundary[] {
  const key = (one: RunReport['boundaries'][number]) => JSON.stringify([one.claimId, one.name]);
  return union(first.boundaries, second.boundaries, key).flatMap((id) => {
    const a = first.boundaries.find((one) => key(one) === id);
    const b = second.boundaries.find((one) => key(one) === id);
    const either = a ?? b;
    if (either === undefined) return [];
    const side = (one: typeof a) => one && { outcome: one.outcome, observed: one.observed };
    return [
      {
        claimId: either.claimId,
        name: either.name,
        expected: either.expected,
        agreement: agreementOf(a?.outcome, b?.outcome),
        ...(a === undefined ? {} : { first: side(a) as NonNullable<ReturnType<typeof side>> }),
        ...(b === undefined ? {} : { second: side(b) as NonNullable<ReturnType<typeof side>> }),
      },
    ];
  });
}

function summarise({ claims, shares }: Pick<ReportComparison, 'claims' | 'shares'>): string {
  const count = (agreement: Agreement) => claims.filter((one) => one.agreement === agreement).length;
  const parts = [`${count('same')} of ${claims.length} claims have the same outcome in both runs`];
  if (count('contradiction') > 0) parts.push(`passed against failed: ${count('contradiction')}`);
  if (count('undecided') > 0) parts.push(`decided in one run only: ${count('undecided')}`);
  const single = count('only-first') + count('only-second');
  if (single > 0) parts.push(`judged in one run only: ${single}`);
  const compared = shares.filter(({ difference }) => difference !== undefined);
  const noisy = compared.filter(({ difference }) => difference?.withinNoise).length;
  if (compared.length > 0) parts.push(`${noisy} of ${compared.length} shares are equal within noise`);
  return `${parts.join('; ')}.`;
}
