/** Whether the proxies have what Git declares, before clients are asked. */
import type { SplitClaim } from '../documents/references.ts';
import { WHOLE_HOST } from '../evidence/proxy-routes.ts';
import { sameHeld } from '../ledger/layer-steps.ts';
import { weightsOf } from '../lint/routes/declared-split.ts';
import type { Scene } from './scene.ts';
import { declaredSplit, splitHost } from './split-claim.ts';

const POLL_MS = 50;

/**
 * Waits until every proxy that splits the host, gateways as well, does it as Git says. One that never does is for the
 * clients to find.
 */
export async function proxiesHold(split: SplitClaim, scene: Scene): Promise<void> {
  const wanted = weightsOf(declaredSplit(scene, split));
  const deadline = scene.now() + scene.profile.budgets.routesAppliedMs;
  const holdsOther = () =>
    [...scene.recorder.layers.routesOf(splitHost(split)).values()].some((seen) => {
      const held = seen.at(-1)?.weights;
      return held !== undefined && !(WHOLE_HOST in held) && !sameHeld(held, wanted);
    });
  while (holdsOther() && scene.now() < deadline) await scene.pause(POLL_MS);
}
