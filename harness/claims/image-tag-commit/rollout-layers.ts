/** The layers that the first weight of a new tag goes through on its way to the clients. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { EXIT, HarnessError } from '../../errors/harness-error.ts';
import { stepsInGit } from '../../rollouts/declared-in-git.ts';
import { sidecarsOf } from '../../rollouts/layers/proxy-routes.ts';
import { openRolloutLayers, type RolloutLayers } from '../../rollouts/layers/rollout-layers.ts';
import { type DeclaredRollout, readRollout } from '../../rollouts/rollout-object.ts';
import { watchRollout } from '../../rollouts/rollout-watch.ts';
import type { Scene } from '../../scene/scene.ts';
import type { PlacedLoad } from '../../traffic/traffic-path.ts';
import type { ImageTagCommitClaim } from './declaration.ts';

/** Undefined for a Rollout whose weights no VirtualService holds. */
export async function layersOf(
  { release, path }: ImageTagCommitClaim,
  before: KubeObject,
  placed: Pick<PlacedLoad, 'placement'>,
  signal: AbortSignal,
  scene: Scene,
): Promise<RolloutLayers | undefined> {
  const rollout = routedRollout(before);
  if (rollout === undefined) return undefined;
  const watch = watchRollout(scene.client, rollout, scene.now, signal);
  const git = await stepsInGit(rollout.ref.name, release.file, scene);
  const hosts = path.kind === 'ingress' && path.host !== undefined ? [path.host] : [];
  const sidecars = sidecarsOf(path, placed);
  // answers of any other version than the released one are of the one before
  const versions = () => ['the one before', release.version];
  return openRolloutLayers({ watch, rollout, git, hosts, sidecars, versions }, scene);
}

function routedRollout(object: KubeObject): DeclaredRollout | undefined {
  try {
    return readRollout(object);
  } catch (error) {
    if (error instanceof HarnessError && error.exitCode === EXIT.usage) return undefined;
    throw error;
  }
}
