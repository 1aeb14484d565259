/**
 * Sync waves and hooks around a Rollout. Argo CD goes on to the next wave, and to PostSync hooks, when everything before
 * is healthy: a Rollout that lacks what a later wave brings is Degraded, and one that waits for a human is Suspended.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
 */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { canaryOf, rollouts, steeredReferences, textOf } from '../rollouts/rollout-objects.ts';

const WAVE = 'argocd.argoproj.io/sync-wave';
const HOOK = 'argocd.argoproj.io/hook';

/** SYNC_WAVE_AFTER_ROLLOUT, SYNC_WAITS_FOR_PAUSE. */
export function syncOrderFindings(set: ManifestSet): readonly Finding[] {
  const placed = set.objects.map((object): Placed => ({ object, wave: waveOf(object), hook: hookOf(object) }));
  const found = new Set(rollouts(set));
  return placed
    .filter(({ object, hook }) => found.has(object) && hook === '')
    .flatMap((rollout) => [...neededLater(placed, rollout), ...waiting(placed, rollout)]);
}

interface Placed {
  readonly object: ManifestObject;
  readonly wave: number;
  /** Phases as Argo CD names them; empty for none. */
  readonly hook: string;
}

function neededLater(placed: readonly Placed[], rollout: Placed): readonly Finding[] {
  const later = placed.filter(({ wave, hook }) => hook === '' && wave > rollout.wave);
  if (later.length === 0) return [];
  const needed = neededBy(rollout.object);
  return later
    .filter(({ object }) => isNeeded(needed, object, rollout.object))
    .map(({ object, wave }) =>
      findingAt(object, annotationPath(object, WAVE), {
        code: 'SYNC_WAVE_AFTER_ROLLOUT',
        severity: 'warning',
        sentence: `${nameOf(object)} is in sync wave ${wave}, after ${nameOf(rollout.object)} (wave ${rollout.wave}), which needs it`,
        hint: 'Argo CD waits until the Rollout is healthy before it goes on, and the Rollout is Degraded without it: a first sync never ends.',
      }),
    );
}

/** Hooks wait at every release; what is merely in a later wave is often meant so, and only said. */
function waiting(placed: readonly Placed[], rollout: Placed): readonly Finding[] {
  if (!hasManualPause(rollout.object)) return [];
  return placed
    .filter((one) => one !== rollout && isAfter(one, rollout))
    .map(({ object, wave, hook }) =>
      findingAt(object, annotationPath(object, hook === '' ? WAVE : HOOK), {
        code: 'SYNC_WAITS_FOR_PAUSE',
        severity: hook === '' ? 'info' : 'warning',
        sentence: `${nameOf(object)} ${hook === '' ? `is in sync wave ${wave}` : 'is a PostSync hook'}, and ${nameOf(rollout.object)} before it waits for a human at a pause without a duration`,
        hint: 'The Rollout is Suspended and not Healthy meanwhile: the sync goes on only after the promotion, and no other sync starts before.',
      }),
    );
}

function isAfter({ wave, hook }: Placed, rollout: Placed): boolean {
  return hook === '' ? wave > rollout.wave : hook.split(',').some((one) => one.trim() === 'PostSync');
}

/** `Kind name` of what the controller refuses to go on without. */
function neededBy(rollout: ManifestObject): ReadonlySet<string> {
  const canary = canaryOf(rollout);
  const istio = asRecord(asRecord(canary?.trafficRouting)?.istio);
  const analyses = [canary?.analysis, ...asList(canary?.steps).map((step) => asRecord(step)?.analysis)];
  const templates = analyses.flatMap((analysis) =>
    asList(asRecord(analysis)?.templates).map((entry) => {
      const { templateName, clusterScope } = asRecord(entry) ?? {};
      return `${clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate'} ${textOf(templateName)}`;
    }),
  );
  return new Set([
    `Service ${textOf(canary?.stableService)}`,
    `Service ${textOf(canary?.canaryService)}`,
    `DestinationRule ${textOf(asRecord(istio?.destinationRule)?.name)}`,
    ...steeredReferences(rollout).map(({ name }) => `VirtualService ${name}`),
    ...templates,
  ]);
}

function isNeeded(needed: ReadonlySet<string>, object: ManifestObject, rollout: ManifestObject): boolean {
  return (
    needed.has(`${object.kind} ${object.name}`) &&
    (object.namespace === rollout.namespace || object.kind !== 'AnalysisTemplate')
  );
}

function hasManualPause(rollout: ManifestObject): boolean {
  return asList(canaryOf(rollout)?.steps).some((step) => {
    const { pause } = asRecord(step) ?? {};
    return pause !== undefined && asRecord(pause)?.duration === undefined;
  });
}

function annotationsOf({ value }: ManifestObject): Readonly<Record<string, unknown>> {
  return asRecord(asRecord(value.metadata)?.annotations) ?? {};
}

function annotationPath(object: ManifestObject, key: string): ValuePath {
  return key in annotationsOf(object) ? ['metadata', 'annotations', key] : [];
}

/** 0 where none is given, or none that is a number. */
function waveOf(object: ManifestObject): number {
  const wave = Number(annotationsOf(object)[WAVE] ?? 0);
  return Number.isInteger(wave) ? wave : 0;
}

/** Helm's hooks count, as Argo CD takes them. */
function hookOf(object: ManifestObject): string {
  const annotations = annotationsOf(object);
  if (textOf(annotations[HOOK]) !== '') return textOf(annotations[HOOK]);
  const helm = textOf(annotations['helm.sh/hook']);
  return /\bpost-(install|upgrade)\b/.test(helm) ? 'PostSync' : helm;
}
