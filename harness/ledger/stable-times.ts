/** When the split stood still: the proxies that send the requests all held the same, changeovers cut off. */
import { type LedgerEvidence, meshHeld } from './evidence.ts';
import { type LayerStep, sameHeld, shareOf, stepAt } from './layer-steps.ts';
import type { StableTime } from './observed-timeline.ts';

/** Requests started this close to a change may have been routed on the other side of it. */
const GUARD_MS = 500;

/**
 * Without a proxy that is known to send the requests, every proxy that splits must agree; without any, the API object
 * says what should be.
 */
export function stableTimes(evidence: LedgerEvidence): readonly StableTime[] {
  const { proxies, api, fromMs, toMs, subset } = evidence;
  const splitting = proxies.filter(({ steps }) => steps.some(({ held }) => held !== undefined));
  const sources = proxies.filter(({ isSource }) => isSource);
  const tracks: readonly (readonly LayerStep[])[] =
    sources.length > 0
      ? sources.map(({ steps }) => steps)
      : splitting.length > 0
        ? splitting.map(({ steps }) => steps)
        : [api.map((step) => ({ atMs: step.atMs, sinceMs: step.sinceMs, held: meshHeld(step) }))];
  const edges = tracks.flatMap((steps) => steps.flatMap(({ atMs, sinceMs }) => [sinceMs ?? atMs, atMs]));
  const bounds = [fromMs, ...edges.filter((ms) => ms > fromMs && ms < toMs), toMs].sort((a, b) => a - b);
  return bounds.slice(1).flatMap((end, index) => {
    const start = bounds[index]!;
    const held = tracks.map((steps) => stepAt(steps, start)?.held);
    const share = shareOf(held[0], subset);
    if (share === undefined || !held.every((one) => sameHeld(one, held[0]))) return [];
    // the ends of the time looked at are no changes
    const from = start === fromMs ? start : start + GUARD_MS;
    const to = end === toMs ? end + 1 : end - GUARD_MS;
    return from < to ? [{ fromMs: from, toMs: to, share }] : [];
  });
}
