/** What clients get of the split that Git declares now, judged as a split when every proxy has it. */
import type { SplitClaim } from '../../documents/references.ts';
import { WHOLE_HOST } from '../../evidence/proxy-routes.ts';
import { sameHeld } from '../../ledger/layer-steps.ts';
import { weightsOf } from '../../lint/routes/declared-split.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit, splitHost } from '../../scene/split-claim.ts';
import { runSplitPhase, type SplitPhaseResult } from '../../traffic/split-phase.ts';
import { placeLoad, versionReader } from '../../traffic/traffic-path.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import type { RollbackAuditClaim } from './declaration.ts';

/** Requests of the first second: connections open, just-in-time compilers warm up. Recorded, not judged. */
const WARM_UP_SECONDS = 1;
const POLL_MS = 50;

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

/**
 * Waits until every proxy that splits the host, gateways as well, does it as Git says. One that never does is for the
 * clients to find.
 */
async function proxiesHold(split: SplitClaim, scene: Scene): Promise<void> {
  const wanted = weightsOf(declaredSplit(scene, split));
  const deadline = scene.now() + scene.profile.budgets.routesAppliedMs;
  const holdsOther = () =>
    [...scene.recorder.layers.routesOf(splitHost(split)).values()].some((seen) => {
      const held = seen.at(-1)?.weights;
      return held !== undefined && !(WHOLE_HOST in held) && !sameHeld(held, wanted);
    });
  while (holdsOther() && scene.now() < deadline) await scene.pause(POLL_MS);
}
