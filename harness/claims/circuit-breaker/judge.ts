/**
 * Claim kind `circuit-breaker`: the receiver holds every answer back for so long that clients want twice as many requests at
 * a time as may be, and counts how many it has. The most must be the declared number; the rest must have been refused. A
 * request that was cut off by a time-out is over for the proxy, which lets another one through, and is still held by the
 * receiver: so many more than the limit show nothing.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { environmentError } from '../../errors/harness-error.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { countedLoad } from '../../stage/counted-load.ts';
import { openReceivers } from '../../stage/receivers.ts';
import { onEvidence } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { type CircuitBreakerClaim, heldMs, requestsOf } from './declaration.ts';

interface Seen {
  readonly most: number;
  readonly served: number;
  readonly refused: number;
  /** By a time-out, of the proxy or of the client. */
  readonly cut: number;
  readonly answered: number;
}

/** Of a proxy whose time for the answer was up. */
const GATEWAY_TIMEOUT = 504;

/** @throws HarnessError RECEIVER_MISSING, RECEIVER_CHANGED, CIRCUIT_BREAKER_PODS (exit 3); the scene's reason */
export async function judgeCircuitBreaker(claim: CircuitBreakerClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { path, service, limit } = claim;
  const held = heldMs(claim);
  await using receivers = await openReceivers(claim.receiver, scene);
  if (receivers.pods.length > 1)
    throw environmentError(
      'CIRCUIT_BREAKER_PODS',
      `${receivers.pods.length} pods share the requests, and what each has at most does not add up to what all have`,
      { where: claim.id, hint: 'Judge it on a receiver with one pod: the limit is of the client, whatever the pods.' },
    );
  await receivers.behave({ latencyMs: held });
  const { stream, books, answered } = await countedLoad(
    { id: claim.id.replaceAll('/', '-'), title: claim.title, path, service, requests: requestsOf(claim), heldMs: held },
    scene,
  );
  const { mostInFlight: most } = await receivers.counts();
  let [served, refused, cut] = [0, 0, 0];
  for (const { version, status } of stream.entries()) {
    if (version !== null) served += 1;
    else if (status === 0 || status === GATEWAY_TIMEOUT) cut += 1;
    else if (status >= 400) refused += 1;
  }
  const seen = { most, served, refused, cut, answered };
  const verdict = judged(limit, seen);
  const sentence = sentenceOf(claim, seen, verdict);
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, sentence },
      outcome: onEvidence(verdict, books.outcome),
      details: [
        { label: 'declared', value: `${limit} at a time` },
        { label: `most at a time at ${service}`, value: `${most}` },
        { label: 'answered by it', value: `${served}` },
        { label: 'refused', value: `${refused}` },
        { label: 'cut off', value: `${cut}` },
      ],
      durationMs: scene.now() - startedAt,
    },
    books: [books],
    findings: verdict === 'failed' ? [finding(claim, seen, sentence)] : [],
  };
}

/** With nobody refused, fewer than may be is what clients wanted; too many is too many all the same. */
function judged(limit: number, { most, served, refused, cut }: Seen): Exclude<Outcome, 'invalid'> {
  if (most > limit) return most - cut > limit ? 'failed' : 'inconclusive';
  if (served === 0 || refused === 0) return refused > 0 ? 'failed' : 'inconclusive';
  return most === limit ? 'passed' : 'failed';
}

function sentenceOf({ service, limit }: CircuitBreakerClaim, seen: Seen, verdict: Outcome): string {
  const { most, served, refused, cut, answered } = seen;
  const fates = `${served} of ${answered} requests were answered by it and ${refused} refused${cut > 0 ? `, ${cut} cut off` : ''}`;
  if (verdict === 'passed') return `${service} had ${most} requests at a time, as many as declared: ${fates}.`;
  if (verdict === 'inconclusive' && most > limit)
    return `${service} had up to ${most} requests at a time, where ${limit} may be, but held some that their proxy had given up: ${fates}; run again on a quieter machine, or with a higher rate, for which answers are held for a shorter time.`;
  if (verdict === 'inconclusive')
    return `${service} had at most ${most} requests at a time and nobody was refused, so the limit of ${limit} was not reached: ${fates}.`;
  return most > limit
    ? `The limit does not bite: ${service} had ${most} requests at a time, where ${limit} may be; ${fates}.`
    : `The limit bites too early: ${service} had at most ${most} requests at a time, where ${limit} may be; ${fates}.`;
}

function finding(claim: CircuitBreakerClaim, { most }: Seen, sentence: string): FindingReport {
  const isMore = most > claim.limit;
  return {
    code: isMore ? 'CIRCUIT_BREAKER_OPEN' : 'CIRCUIT_BREAKER_EARLY',
    ...{ layer: 'observed', severity: 'error', sentence },
    where: claim.id,
    hint: isMore
      ? 'The pool of the subset that requests take has another limit: http2MaxRequests counts requests also over HTTP/1.1, and a trafficPolicy of a subset replaces that of the host.'
      : 'Another limit is lower: maxConnections and http1MaxPendingRequests of the same pool, or the receiver’s own.',
  };
}
