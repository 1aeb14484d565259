/**
 * Claim kind `timeout`: clients of a receiver that holds every answer back for three times the declared time are cut off
 * when that is up. What the path itself takes is measured first, with the same clients (judge-cuts.ts).
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { countedLoad } from '../../stage/counted-load.ts';
import { openReceivers } from '../../stage/receivers.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import { heldMs, type TimeoutClaim } from './declaration.ts';
import { type CutVerdict, judgeCuts, QUANTILE } from './judge-cuts.ts';

/** @throws HarnessError RECEIVER_MISSING (exit 3); the reason of the scene's signal */
export async function judgeTimeout(claim: TimeoutClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  await using receivers = await openReceivers(claim.receiver, scene);
  const load = (name: string, held: number) =>
    countedLoad(
      {
        id: `${claim.id.replaceAll('/', '-')}-${name}`,
        title: `${claim.title}; ${name === 'held' ? `${claim.service} answers after ${held} ms` : 'nothing is held back'}`,
        path: claim.path,
        service: claim.service,
        requests: claim.requests,
        heldMs: held,
      },
      scene,
    );
  await receivers.behave({});
  const control = await load('control', 0);
  await receivers.behave({ latencyMs: heldMs(claim) });
  const held = await load('held', heldMs(claim));
  const verdict = judgeCuts(control.stream, held.stream, claim.timeoutMs);
  const books = [control.books, held.books];
  const bad = books.filter(({ outcome }) => outcome === 'invalid').flatMap(({ problems }) => problems);
  const sentence = [
    sentenceOf(claim, verdict),
    ...(bad.length > 0 ? [`The books are bad: ${bad.join('; ')}.`] : []),
  ].join(' ');
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, sentence },
      outcome: onEvidence(verdict.outcome, combineOutcomes(books.map(({ outcome }) => outcome))),
      details: [
        { label: 'declared', value: ms(claim.timeoutMs) },
        { label: 'bound', value: `${ms(verdict.boundMs)}: declared, and what the path takes without it` },
        { label: 'cut off', value: `${verdict.cut}, from ${ms(verdict.earliestMs)} on, p95 ${ms(verdict.quantileMs)}` },
        { label: 'answered by the receiver', value: `${verdict.uncut}` },
        { label: 'statuses', value: verdict.statuses.map(([status, count]) => `${status}: ${count}`).join(', ') },
      ],
      durationMs: scene.now() - startedAt,
    },
    books,
    findings: verdict.outcome === 'failed' ? [finding(claim, verdict, sentence)] : [],
  };
}

const ms = (value: number | undefined) =>
  value === undefined ? 'unknown' : Number.isFinite(value) ? `${Math.round(value)} ms` : 'unbounded';
const quantile = `${Math.round(QUANTILE * 100)} %`;

function sentenceOf(claim: TimeoutClaim, { why, cut, uncut, early, ...seen }: CutVerdict): string {
  const all = cut + uncut;
  const { service, timeoutMs } = claim;
  switch (why) {
    case 'not-cut':
      return `${uncut} of ${all} requests were answered by ${service} after up to ${ms(seen.slowestMs)}, though the time-out is ${ms(timeoutMs)}.`;
    case 'too-few':
      return `Only ${cut} requests were cut off, too few to tell when.`;
    case 'early':
      return `${early} of ${cut} requests ended before the declared ${ms(timeoutMs)}, the first after ${ms(seen.earliestMs)}.`;
    case 'late':
      return `Requests to ${service} were cut off late: ${quantile} of ${cut} within ${ms(seen.quantileMs)}, and the declared ${ms(timeoutMs)} with what the path takes are ${ms(seen.boundMs)}.`;
    case 'undecided':
      return `${quantile} of ${cut} requests were cut off within ${ms(seen.quantileMs)}, a little above the bound of ${ms(seen.boundMs)}: more requests would tell.`;
    case 'in-time':
      return `All ${cut} requests to a late ${service} were cut off: none before the declared ${ms(timeoutMs)}${early > 0 ? ` but ${early}` : ''}, ${quantile} within ${ms(seen.quantileMs)}, where declared time and path allow ${ms(seen.boundMs)}.`;
  }
}

function finding(claim: TimeoutClaim, { why }: CutVerdict, sentence: string): FindingReport {
  return {
    code: why === 'not-cut' ? 'TIMEOUT_NOT_APPLIED' : why === 'early' ? 'TIMEOUT_EARLY' : 'TIMEOUT_LATE',
    ...{ layer: 'observed', severity: 'error', sentence },
    where: claim.id,
    hint:
      why === 'early'
        ? 'Another limit is shorter: perTryTimeout, a caller with a time-out of its own, or a connection pool that is full.'
        : 'Requests take another route than the one with the time-out, it is longer than declared, or retries begin it anew.',
  };
}
