/**
 * Whether a route splits users as declared. Whose user somebody is, is decided by the first request that he makes, without
 * a cookie: it takes no browser to count those, and there are a hundred of them in the time of one page load.
 */
import type { BooksReport, SplitReport } from '../../../reports/model/run-report.ts';
import type { SplitClaim } from '../../documents/references.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { runGently } from '../../traffic/gentler-rate.ts';
import { runSteadyLoad } from '../../traffic/steady-load.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import type { PageConsistencyClaim, PageRoute } from './declaration.ts';
import type { RouteSeen } from './load-route.ts';

export interface UsersSeen {
  readonly split: SplitReport;
  /** Of a first try that was too fast to be judged, too. */
  readonly books: readonly BooksReport[];
}

/** A route as it was judged; users only where pages say enough and none may break. */
export interface JudgedRoute extends RouteSeen {
  readonly users: UsersSeen | undefined;
}

/** @throws whatever placing or running the load throws; the scene's reason */
export async function loadUsers(claim: PageConsistencyClaim, route: PageRoute, scene: Scene): Promise<UsersSeen> {
  const { name, host } = route;
  const asked = {
    id: `${claim.id}-users-${name}`.replaceAll(/[^A-Za-z0-9]+/g, '-'),
    title: `first requests of users, ${name} (${host})`,
    path: { ...ingressPath(claim.split), host, path: claim.path },
    ...{ claimId: claim.id, service: claim.split.service },
    expectation: expectationOf(declaredSplit(scene, claim.split), scene.assurance),
  };
  const { run, tooFast } = await runGently(
    (gentler) => runSteadyLoad(asked, scene, gentler),
    (seen) => seen,
    scene.signal,
  );
  return { split: run.split, books: [...(tooFast ? [tooFast] : []), run.books] };
}

function ingressPath({ id, paths }: SplitClaim) {
  const path = paths.find(({ kind }) => kind === 'ingress');
  // `resolve` has asked for one
  if (path?.kind !== 'ingress') throw new TypeError(`${id} has no ingress path`);
  return path;
}
