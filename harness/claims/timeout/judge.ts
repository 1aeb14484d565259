/**
 * Claim kind `timeout`: the receiver holds every second answer back for three times the declared time, and its clients are
 * cut off when that is up. What the path itself takes is told by the others, in the same load (judge-cuts.ts).
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { countedLoad } from '../../stage/counted-load.ts';
import { openReceivers } from '../../stage/receivers.ts';
import { onEvidence } from '../../verdict/combine.ts';
import { heldMs, type TimeoutClaim } from './declaration.ts';
import { CUT_QUANTILE, type CutVerdict, judgeCuts } from './judge-cuts.ts';

/** @throws HarnessError RECEIVER_MISSING (exit 3); the reason of the scene's signal */
export async function judgeTimeout(claim: TimeoutClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { id, title, path, service, requests, timeoutMs } = claim;
  const held = heldMs(claim);
  await using receivers = await openReceivers(claim.receiver, scene);
  await receivers.behave({ latencyMs: held, latencyShare: 0.5 });
  const { stream, books } = await countedLoad(
    { id: id.replaceAll('/', '-'), title, path, service, requests, heldMs: held },
    scene,
  );
  const verdict = judgeCuts(stream, timeoutMs);
  const sentence = sentenceOf(claim, verdict);
  return {
    claim: {
      ...{ id, title, sentence },
      outcome: onEvidence(verdict.outcome, books.outcome),
      details: [
        { label: 'declared', value: ms(timeoutMs) },
        { label: 'bound', value: `${ms(verdict.boundMs)}: declared, and what ${verdict.controls} others took` },
        {
          label: 'cut off',
          value: `${verdict.cut}: the first after ${ms(verdict.earliestMs)}, half within ${ms(verdict.medianMs)}, ${quantile} within ${ms(verdict.quantileMs)}`,
        },
        { label: 'answered by the receiver all the same', value: `${verdict.uncut}` },
        { label: 'statuses', value: verdict.statuses.map(([status, count]) => `${status}: ${count}`).join(', ') },
      ],
      durationMs: scene.now() - startedAt,
    },
    books: [books],
    findings: verdict.outcome === 'failed' ? [finding(claim, verdict, sentence)] : [],
  };
}

const ms = (value: number | undefined) =>
  value === undefined ? 'unknown' : Number.isFinite(value) ? `${Math.round(value)} ms` : 'unbounded';
const quantile = `${Math.round(CUT_QUANTILE * 100)} %`;

function sentenceOf(claim: TimeoutClaim, { why, cut, uncut, early, ...seen }: CutVerdict): string {
  const all = cut + uncut;
  const { service, timeoutMs } = claim;
  const allowed = `the declared ${ms(timeoutMs)} and what the path took in the same seconds allow ${ms(seen.boundMs)}`;
  switch (why) {
    case 'not-cut':
      return `${uncut} of ${all} requests were answered by a late ${service} after up to ${ms(seen.slowestMs)}, though the time-out is ${ms(timeoutMs)}.`;
    case 'too-few':
      return `Only ${cut} requests were cut off and ${seen.controls} answered at once, too few to tell when.`;
    case 'early':
      return `${early} of ${cut} requests to a late ${service} ended before the declared ${ms(timeoutMs)}, the first after ${ms(seen.earliestMs)}.`;
    case 'late':
      return `Requests to a late ${service} were cut off too late: half of ${cut} within ${ms(seen.medianMs)}, where ${allowed}.`;
    case 'lost':
      return `${seen.lost} requests got no answer at all, beside ${cut} to a late ${service} that were cut off: nobody knows when those would have been.`;
    case 'undecided':
      return `Of ${cut} requests to a late ${service} ${quantile} were cut off within ${ms(seen.quantileMs)}, where ${allowed}: they came late in stretches, so that says nothing of the time-out; run again on a quieter machine.`;
    case 'in-time':
      return `All ${cut} requests to a late ${service} were cut off${early > 0 ? `, ${early} of them early` : ''}: the first after ${ms(seen.earliestMs)}, ${quantile} within ${ms(seen.quantileMs)}, where ${allowed}.`;
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
