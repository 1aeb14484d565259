/** What clients get of the split that Git declares now, judged as a split when every proxy has it. */
import { proxiesHold } from '../../scene/proxies-hold.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { runSplitPhase, type SplitPhaseResult } from '../../traffic/split-phase.ts';
import { placeLoad, versionReader } from '../../traffic/traffic-path.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import type { RollbackAuditClaim } from './declaration.ts';

/** Requests of the first second: connections open, just-in-time compilers warm up. Recorded, not judged. */
const WARM_UP_SECONDS = 1;

/** @throws the reason of the scene's signal, because what was seen until then is cut short; usage errors of the split */
export async function clientsSee(
  claim: RollbackAuditClaim,
  phase: { readonly name: 'changed' | 'reverted'; readonly title: string },
  scene: Scene,
): Promise<SplitPhaseResult> {
  const { split, path } = claim;
  await proxiesHold(split, scene);
  const id = `${claim.id.replaceAll('/', '-')}-${phase.name}`;
  const { load, progress, environment, now, profile } = scene;
  const placed = await placeLoad({ ...scene, ratePerSecond: undefined }, id, path, profile.load.maxDurationMs);
  const result = await runSplitPhase(
    {
      ...{ id, claimId: claim.id, title: phase.title, path: path.kind, argvPrefix: placed.argvPrefix },
      expectation: expectationOf(declaredSplit(scene, split), scene.assurance),
      load: { ...placed.request, receiver: split.service },
      warmUpRequests: Math.ceil(placed.request.ratePerSecond * WARM_UP_SECONDS),
      generatorCores: scene.cores,
      armOf: versionReader(split.service, placed.request.identify),
    },
    { load, progress, environment, now, samples: scene.evidence.createSamples(`samples-${id}.jsonl.gz`) },
    scene.signal,
  );
  scene.signal.throwIfAborted();
  return result;
}
