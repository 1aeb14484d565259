/**
 * Where the controller's belief and what it wrote part: `status.canary.weights` of the Rollout against the weight of its
 * VirtualService. The first moment is the cause; steps that clients never got afterwards follow from it. Pure.
 */

import { formatClock } from '../../reports/model/figures.ts';
import type { FindingReport } from '../../reports/model/run-report.ts';
import { seconds } from '../documents/figures.ts';
import type { DeclaredRollout } from './rollout-object.ts';
import type { RolloutWatch, SeenWeight } from './rollout-watch.ts';

/** One reconciliation writes both; watches of a busy machine may tell of them so far apart. */
const TOGETHER_MS = 3_000;

export interface Parted {
  /** Canary weights in per cent. */
  readonly believed: number;
  readonly written: SeenWeight | undefined;
  /** From this moment on the two differed. Unix milliseconds. */
  readonly atMs: number;
  readonly lastedMs: number;
  /** How many more beliefs the VirtualService did not follow. */
  readonly others: number;
}

/** @param endMs of what is looked at; a belief that changes sooner than both can be seen says nothing */
export function partedFromBelief(
  { beliefs, weights }: Pick<RolloutWatch, 'beliefs' | 'weights'>,
  endMs: number,
): Parted | undefined {
  const found = beliefs.flatMap(({ atMs: sinceMs, weight: believed }, i) => {
    const fromMs = sinceMs + TOGETHER_MS;
    // the next belief is told after its weight was written
    const toMs = (beliefs[i + 1]?.atMs ?? endMs) - TOGETHER_MS;
    if (toMs <= fromMs) return [];
    const held = weights.findLast(({ atMs }) => atMs <= fromMs);
    const later = weights.filter(({ atMs }) => atMs > fromMs && atMs < toMs);
    const wrong = (held?.weight ?? 0) === believed ? later.find(({ weight }) => weight !== believed) : held;
    if (wrong === undefined && (held?.weight ?? 0) === believed) return [];
    const atMs = Math.max(sinceMs, wrong?.atMs ?? 0);
    const rightMs = weights.find((one) => one.atMs > atMs && one.weight === believed)?.atMs;
    return [{ believed, written: wrong, atMs, lastedMs: Math.min(rightMs ?? endMs, toMs) - atMs }];
  });
  const [first] = found;
  return first && { ...first, others: found.length - 1 };
}

/** @param consequences what clients never got, or got beside what was declared */
export function partedFinding(
  parted: Parted,
  { ref, virtualService }: DeclaredRollout,
  consequences: number,
): FindingReport {
  const rollout = `Rollout ${ref.namespace}/${ref.name}`;
  const object = `VirtualService ${ref.namespace}/${virtualService}`;
  const { believed, written, atMs, lastedMs, others } = parted;
  const follows = [
    ...(others > 0 ? [`${others} more of its weights were not followed`] : []),
    ...(consequences > 0 ? [`${consequences} difference(s) that clients saw follow from it`] : []),
  ];
  return {
    code: 'WEIGHT_NOT_AS_BELIEVED',
    layer: 'api',
    severity: 'error',
    sentence: `From ${formatClock(atMs, true)} on ${rollout} believed ${believed} % (status.canary.weights), while ${object} said ${written?.weight ?? 0} % for ${seconds(lastedMs)}${follows.length > 0 ? `; ${follows.join('; ')}` : ''}.`,
    where: object,
    hint: 'Somebody else writes the VirtualService, or the controller does not write what it says: look at its managedFields.',
    object,
    field: 'spec.http[].route[].weight',
    atMs,
    ...(written ? { writer: written.writer } : {}),
  };
}
