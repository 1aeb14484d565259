/**
 * Whether a route splits users as declared. Whose user somebody is, is decided by the first request that he makes, without
 * a cookie: it takes no browser to count those, and there are a hundred of them in the time of one page load.
 */
import type { BooksReport, SplitReport } from '../../../reports/model/run-report.ts';
import type { SplitClaim } from '../../documents/references.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { runGently } from '../../traffic/gentler-rate.ts';
import { runSplitPhase } from '../../traffic/split-phase.ts';
import { placeLoad, versionReader } from '../../traffic/traffic-path.ts';
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

/** The first second: connections open, just-in-time compilers warm up. */
const WARM_UP_SECONDS = 1;

/** @throws whatever placing or running the load throws; the scene's reason */
export async function loadUsers(claim: PageConsistencyClaim, route: PageRoute, scene: Scene): Promise<UsersSeen> {
  const { run, tooFast } = await runGently(
    (gentler) => firstRequests(claim, route, scene, gentler),
    ({ books }) => books,
    scene.signal,
  );
  return { split: run.split, books: [...(tooFast ? [tooFast] : []), run.books] };
}

async function firstRequests(claim: PageConsistencyClaim, { name, host }: PageRoute, scene: Scene, gentler?: number) {
  const { client, cluster, profile, load, progress, environment, now } = scene;
  const ingress = ingressPath(claim.split);
  const ratePerSecond = gentler ?? scene.ratePerSecond ?? ingress.ratePerSecond;
  const id = `${claim.id}-users-${name}`.replaceAll(/[^A-Za-z0-9]+/g, '-') + (gentler === undefined ? '' : '-gentler');
  const site = { client, cluster, profile, ratePerSecond };
  const placed = await placeLoad(site, id, { ...ingress, host, path: claim.path }, profile.load.maxDurationMs);
  const { request } = placed;
  const phase = {
    ...{ id, claimId: claim.id, path: ingress.kind, generatorCores: scene.cores, argvPrefix: placed.argvPrefix },
    title: `first requests of users, ${name} (${host})${gentler === undefined ? '' : `, at ${gentler}/s`}`,
    expectation: expectationOf(declaredSplit(scene, claim.split), scene.assurance),
    load: { ...request, receiver: claim.split.service },
    warmUpRequests: Math.ceil(request.ratePerSecond * WARM_UP_SECONDS),
    armOf: versionReader(claim.split.service, request.identify),
  };
  const samples = scene.evidence.createSamples(`samples-${id}.jsonl.gz`);
  return runSplitPhase(phase, { load, samples, progress, environment, now }, scene.signal);
}

function ingressPath({ id, paths }: SplitClaim) {
  const path = paths.find(({ kind }) => kind === 'ingress');
  // `resolve` has asked for one
  if (path?.kind !== 'ingress') throw new TypeError(`${id} has no ingress path`);
  return path;
}
