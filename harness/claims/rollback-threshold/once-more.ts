/**
 * An invalid trial is run once more, when the environment that spoiled it is healthy again: nobody learned anything from
 * the first try. A failed one never is. Both tries are in the report, and only the second counts.
 */
import type { BoundaryReport } from '../../../reports/model/rollout-report.ts';
import { seconds } from '../../documents/figures.ts';
import type { Scene } from '../../scene/scene.ts';

/** So long without a control request that failed. */
const HEALTHY_MS = 10_000;
/** An environment that does not recover in this time would spoil the second try, too. */
const RECOVERS_MS = 120_000;
const LOOK_MS = 500;

export interface Tried {
  readonly boundary: BoundaryReport;
  /** No other try would come out otherwise: its manifests cannot be judged. */
  readonly isFinal?: boolean;
}

export const mayRunAgain = ({ boundary, isFinal = false }: Tried): boolean =>
  boundary.outcome === 'invalid' && !isFinal;

type Watched = Pick<Scene, 'environment' | 'now' | 'pause' | 'signal'>;

/** @returns the second try with the first one beside it; the first where it counts, or where nobody could tell */
export async function onceMore<Result extends Tried>(
  first: Result,
  scene: Watched,
  again: () => Promise<Result>,
): Promise<Result> {
  if (!mayRunAgain(first) || scene.signal.aborted || !(await isHealthyAgain(scene))) return first;
  const { outcome, observed } = first.boundary;
  const because = `the environment had answered every control request for ${seconds(HEALTHY_MS)} after it`;
  const second = await again();
  return { ...second, boundary: { ...second.boundary, earlier: { outcome, observed, because } } };
}

/** False where nobody watches the environment: then nothing tells a spoiled trial from a bad one. */
async function isHealthyAgain({ environment, now, pause }: Watched): Promise<boolean> {
  if (!environment) return false;
  const fromMs = now();
  for (;;) {
    const lastMs = Math.max(fromMs, environment.unhealthy().at(-1)?.toMs ?? 0);
    if (now() - lastMs >= HEALTHY_MS) return true;
    if (now() - fromMs > RECOVERS_MS) return false;
    await pause(LOOK_MS);
  }
}
