/** What clients get of the split that Git declares now, judged as a split when every proxy has it. */
import type { BooksReport } from '../../../reports/model/run-report.ts';
import { proxiesHold } from '../../scene/proxies-hold.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { runGently } from '../../traffic/gentler-rate.ts';
import type { SplitPhaseResult } from '../../traffic/split-phase.ts';
import { runSteadyLoad } from '../../traffic/steady-load.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import type { RollbackAuditClaim } from './declaration.ts';

export interface ClientsSaw extends SplitPhaseResult {
  /** The books of a first try that no verdict rests on, because its rate was more than could be sustained. */
  readonly tooFast?: BooksReport;
}

/** @throws the reason of the scene's signal, because what was seen until then is cut short; usage errors of the split */
export async function clientsSee(
  claim: RollbackAuditClaim,
  phase: { readonly name: 'changed' | 'reverted'; readonly title: string },
  scene: Scene,
): Promise<ClientsSaw> {
  const { split, path } = claim;
  await proxiesHold(split, scene);
  const asked = {
    id: `${claim.id.replaceAll('/', '-')}-${phase.name}`,
    ...{ claimId: claim.id, title: phase.title, path, service: split.service },
    expectation: expectationOf(declaredSplit(scene, split), scene.assurance),
  };
  const site = { ...scene, ratePerSecond: undefined };
  const { run, tooFast } = await runGently(
    (gentler) => runSteadyLoad(asked, site, gentler),
    (seen) => seen,
    scene.signal,
  );
  scene.signal.throwIfAborted();
  return tooFast ? { ...run, tooFast } : run;
}
