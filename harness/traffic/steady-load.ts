/** Load on one path while the split stands still: it is judged from the first second on, and ends with the verdict. */
import type { TrafficPath } from '../documents/references.ts';
import type { Progress } from '../ports/progress.ts';
import type { SplitExpectation } from '../verdict/split-judge.ts';
import type { LoadSite } from './load-site.ts';
import { runSplitPhase, type SplitPhaseResult } from './split-phase.ts';
import type { SplitPhase } from './split-phase-input.ts';
import { placeLoad, versionReader } from './traffic-path.ts';

export interface SteadyLoad extends Pick<SplitPhase, 'id' | 'claimId' | 'title' | 'onInOrder'> {
  readonly path: TrafficPath;
  /** Whose version is read out of the answers. */
  readonly service: string;
  readonly expectation: SplitExpectation;
}

export interface SteadySite extends LoadSite {
  readonly profile: { readonly load: LoadSite['profile']['load'] & { readonly maxDurationMs: number } };
  readonly progress: Progress;
  now(): number;
}

/** Requests of the first second: connections open, just-in-time compilers warm up. Recorded, not judged. */
const WARM_UP_SECONDS = 1;

/** What a second try at a lower rate is called, as part of an id. */
const GENTLER = '-gentler';

/**
 * @param gentler requests per second of a load that is run once more; undefined: the rate of site or path
 * @throws whatever placing or running the load throws; usage errors of the expectation
 */
export async function runSteadyLoad(asked: SteadyLoad, site: SteadySite, gentler?: number): Promise<SplitPhaseResult> {
  const { path, service, expectation, claimId, onInOrder } = asked;
  const id = gentler === undefined ? asked.id : `${asked.id}${GENTLER}`;
  const { load, progress, environment, now, profile, signal } = site;
  const ratePerSecond = gentler ?? site.ratePerSecond;
  const placed = await placeLoad({ ...site, ratePerSecond }, id, path, profile.load.maxDurationMs);
  const { request, argvPrefix } = placed;
  const phase: SplitPhase = {
    ...{ id, claimId, path: path.kind, expectation, argvPrefix, generatorCores: site.cores },
    title: gentler === undefined ? asked.title : `${asked.title}, at ${gentler}/s`,
    load: { ...request, receiver: service },
    warmUpRequests: Math.ceil(request.ratePerSecond * WARM_UP_SECONDS),
    ...(onInOrder ? { onInOrder } : {}),
    armOf: versionReader(service, request.identify),
  };
  const samples = site.evidence.createSamples(`samples-${id}.jsonl.gz`);
  return runSplitPhase(phase, { load, samples, progress, environment, now }, signal);
}
