/**
 * How outcomes add up.
 *
 * Within one claim, evidence comes first: whatever was computed from bad evidence is invalid, a fail as much as a pass.
 * Over claims a fail that stands on good evidence is certain, so neither an undecided nor an invalid neighbour may hide
 * it; and since invalid means "fix the instrument and run again", it goes before inconclusive. Nothing is never a pass.
 */
import type { Outcome } from './outcome.ts';

/** A judgement, given the outcome of the evidence under it (books, guards on the instrument). */
export function onEvidence(judgement: Outcome, evidence: Outcome): Outcome {
  if (evidence === 'invalid') return 'invalid';
  return judgement === 'passed' && evidence !== 'passed' ? 'inconclusive' : judgement;
}

const WORST_FIRST: readonly Outcome[] = ['failed', 'invalid', 'inconclusive'];

/** The outcome of several claims together, or of several parts that one claim needs all of. */
export function combineOutcomes(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.length === 0) return 'inconclusive';
  if (outcomes.every((outcome) => outcome === 'passed')) return 'passed';
  // one that nobody knows is no pass, either
  return WORST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? 'invalid';
}

/** How many of each, for headlines: "12 passed, 1 failed". */
export function countOutcomes(outcomes: readonly Outcome[]): Readonly<Record<Outcome, number>> {
  const counts: Record<Outcome, number> = { passed: 0, failed: 0, inconclusive: 0, invalid: 0 };
  for (const outcome of outcomes) counts[outcome] += 1;
  return counts;
}
