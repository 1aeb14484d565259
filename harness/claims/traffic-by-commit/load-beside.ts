/** The split's other client path, observed across a commit but not judged: its change is located from its answers. */

import type { TrafficPath } from '../../documents/references.ts';
import type { PathStreams } from '../../scene/claim-ledger.ts';
import type { Scene } from '../../scene/scene.ts';
import { type RolloutLoadResult, type RunningLoad, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import type { TrafficByCommitClaim } from './declaration.ts';

/** A rate that the machine hardly feels beside the judged path. */
const BESIDE_PER_SECOND = 50;
/** It is stopped when the judged path is done, which may take all of its own time. */
const OUTLASTS_MS = 60_000;

export interface Beside {
  readonly path: TrafficPath['kind'];
  readonly load: RunningLoad;
}

/** Undefined: the split has one path only. */
export async function startBeside(
  claim: TrafficByCommitClaim,
  scene: Scene,
  versions: readonly string[],
): Promise<Beside | undefined> {
  const other = claim.split.paths.find((path) => path.kind !== claim.path.kind);
  if (!other) return undefined;
  const id = `${claim.id.replaceAll('/', '-')}-${other.kind}`;
  const longestMs = scene.profile.budgets.commitObservedMs + scene.profile.load.maxDurationMs + OUTLASTS_MS;
  const rate = Math.min(BESIDE_PER_SECOND, other.ratePerSecond);
  const placed = await placeLoad({ ...scene, ratePerSecond: rate }, id, other, longestMs);
  const title = `the same commit as seen ${other.kind === 'mesh' ? 'inside the mesh' : 'through the ingress'}`;
  const load = startRolloutLoad({ id, title, placed, service: claim.split.service, versions }, scene);
  return { path: other.kind, load };
}

export function addToStream(streams: PathStreams, path: Beside['path'], { stream }: RolloutLoadResult): void {
  const add = streams.recorder(path);
  for (const { startMs, version } of stream.entries()) add({ startMs }, version);
}
