/**
 * What a controller that is known to be bad writes into a VirtualService in place of what it means to write. Pure: a
 * machine that is asked for every write, and says what is stored and when something has to be touched again.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { FaultController } from '../../profile/fault-controller.ts';
import { canaryWeight, type DeclaredRollout, isCanaryRoute, weightedRoutes } from '../../rollouts/rollout-object.ts';

export type Misbehaviour = FaultController['misbehaviour'];

/** `spec.http` of a VirtualService. */
type Routes = unknown;

export interface Answer {
  /** What is stored in place of what was asked; undefined: what was asked. */
  readonly routes: Routes | undefined;
  /** Then the object must be touched, so that the controller looks at it again; with `restore` that is written. */
  readonly later?: { readonly afterMs: number; readonly restore?: Routes };
}

/** @returns what a write of the controller comes to */
export type Controller = (before: KubeObject, asked: KubeObject, nowMs: number) => Answer;

const AS_ASKED: Answer = { routes: undefined };

export function badController(misbehaviour: Misbehaviour, rollout: DeclaredRollout): Controller {
  const { does } = misbehaviour;
  const weightOf = (object: KubeObject) => canaryWeight(object, rollout) ?? 0;
  // a weight that stands at the ends says that nothing is under way
  const isUnderWay = (weight: number) => weight > 0 && weight < 100;
  let asked = { weight: 0, sinceMs: 0 };
  return (before, object, nowMs) => {
    const weight = weightOf(object);
    const isNew = weight !== asked.weight;
    if (isNew) asked = { weight, sinceMs: nowMs };
    const kept = { routes: before.spec?.http };
    if (!isUnderWay(weight)) return does === 'freeze' && weight > 0 ? kept : AS_ASKED;
    if (does === 'freeze') return kept;
    if (does === 'shift') return { routes: shifted(object, Math.min(100, weight + misbehaviour.by), rollout) };
    const isOver = nowMs - asked.sinceMs >= misbehaviour.ms;
    if (does === 'late')
      return isOver ? AS_ASKED : { ...kept, ...(isNew ? { later: { afterMs: misbehaviour.ms } } : {}) };
    if (isOver) return kept;
    return isNew ? { ...AS_ASKED, later: { afterMs: misbehaviour.ms, restore: before.spec?.http } } : AS_ASKED;
  };
}

function shifted(object: KubeObject, weight: number, rollout: DeclaredRollout): Routes {
  const routes = weightedRoutes(object);
  return (object.spec as { http: readonly object[] }).http.map((entry, i) => ({
    ...entry,
    route: (routes[i] ?? []).map((one) => ({ ...one, weight: isCanaryRoute(one, rollout) ? weight : 100 - weight })),
  }));
}
