/** Pauses and the first weight of a Rollout, changed. */
import type { PolicyEdit } from '../../../reports/model/simulation/recommendation.ts';
import { parseGoDuration } from '../../oracle/go-duration.ts';
import type { ManifestValue } from '../policy.ts';
import { objectName } from './policy-edits.ts';

interface Step {
  readonly setWeight?: number;
  readonly pause?: { readonly duration?: number | string };
}

function stepsOf(rollout: ManifestValue): readonly Step[] {
  const { spec } = rollout as { spec?: { strategy?: { canary?: { steps?: readonly Step[] } } } };
  return spec?.strategy?.canary?.steps ?? [];
}

/** Whether a first weight leaves the weights in order, and is another one. */
export function pauseOf(rollout: ManifestValue, weight: number): boolean {
  const [first, second = 100] = stepsOf(rollout).flatMap(({ setWeight }) => setWeight ?? []);
  return first !== undefined && first !== weight && weight < second;
}

export function stepEdits(
  rollout: ManifestValue,
  {
    pauseFactor,
    firstWeight,
  }: { readonly pauseFactor?: number | undefined; readonly firstWeight?: number | undefined },
): PolicyEdit[] {
  const object = objectName({ kind: 'Rollout', ...rollout });
  const edits: PolicyEdit[] = [];
  const at = (index: number, ...rest: string[]) => ['spec', 'strategy', 'canary', 'steps', index, ...rest];
  const steps = stepsOf(rollout);
  const first = steps.findIndex(({ setWeight }) => setWeight !== undefined);
  if (firstWeight !== undefined && first >= 0)
    edits.push({ object, path: at(first, 'setWeight'), from: steps[first]!.setWeight!, to: firstWeight });
  if (pauseFactor === undefined) return edits;
  for (const [index, { pause }] of steps.entries()) {
    if (pause?.duration === undefined) continue;
    const { duration } = pause;
    const seconds = /^\d+$/.test(String(duration)) ? Number(duration) : (parseGoDuration(String(duration)) ?? 0) / 1000;
    const to = `${Math.max(1, Math.round(seconds * pauseFactor))}s`;
    edits.push({ object, path: at(index, 'pause', 'duration'), from: duration, to });
  }
  return edits;
}
