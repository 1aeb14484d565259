/**
 * The load of one client path of a split, with what proxies and mesh counted of it. A split declares shares, not a rate, so
 * a load that generator or system could not keep up with is run once more at one that they can. What the generator
 * achieved decides that, never which version answered, so the error rates of the second try are its own.
 */
import type { BooksReport } from '../../../reports/model/run-report.ts';
import type { SplitClaim, TrafficPath } from '../../documents/references.ts';
import { readBaseline, settledGrowth, total, type VersionCounts } from '../../evidence/mesh-counters.ts';
import type { DeclaredSplit } from '../../lint/routes/declared-split.ts';
import type { PathStreams } from '../../scene/claim-ledger.ts';
import type { Scene, TrafficPhase } from '../../scene/scene.ts';
import { splitHost } from '../../scene/split-claim.ts';
import { runGently } from '../../traffic/gentler-rate.ts';
import { runSplitPhase } from '../../traffic/split-phase.ts';
import type { SplitPhase } from '../../traffic/split-phase-input.ts';
import { placeLoad, versionReader } from '../../traffic/traffic-path.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import { kindOf } from '../declarations.ts';
import { proxyCounts, retriedByVersion, settledProxyCounts, type WitnessedPhase } from './envoy-witness.ts';

/** How a claim is called in the report; while a fault is in place, after that fault too. */
export interface ClaimName {
  readonly id: string;
  readonly title: string;
  /** Ends the titles of its load phases. */
  readonly suffix: string;
  /** When its ledger begins (Unix ms); undefined: with the judging. */
  readonly sinceMs?: number;
}

/** What the loads of a claim have in common. */
export interface PathsOfClaim {
  readonly claim: SplitClaim;
  readonly name: ClaimName;
  readonly split: DeclaredSplit;
  readonly scene: Scene;
  readonly streams: PathStreams;
}

export interface PathLoad {
  readonly phase: TrafficPhase;
  readonly counted: WitnessedPhase;
  /** The books of a first try that nobody judged, because its rate was more than could be sustained. */
  readonly tooFast?: BooksReport;
}

export async function loadOfPath(paths: PathsOfClaim, path: TrafficPath): Promise<PathLoad> {
  const { run, tooFast } = await runGently(
    (gentler) => countedPath(paths, path, gentler),
    ({ phase }) => phase.result.books,
    paths.scene.signal,
  );
  return tooFast ? { ...run, tooFast } : run;
}

async function countedPath(paths: PathsOfClaim, path: TrafficPath, gentler?: number): Promise<PathLoad> {
  const { claim, scene, split } = paths;
  const host = splitHost(claim);
  const before = proxyCounts(scene, host);
  const phase = await runPath(paths, path, gentler);
  const growth = await settledProxyCounts(scene, host, before, phase.result.load.received);
  const { books, split: verdict } = phase.result;
  return {
    phase: { ...phase, retried: retriedByVersion(growth, versionOf(split)) },
    counted: { path: path.kind, books, growth, sinceMs: verdict.startedAt },
  };
}

/** Requests of the first second: connections open, just-in-time compilers warm up. Recorded, not judged. */
const WARM_UP_SECONDS = 1;

/** @param gentler the rate that a load is run once more at, after the first */
async function runPath(
  { claim, name: { id: claimId, suffix }, split, scene, streams }: PathsOfClaim,
  path: TrafficPath,
  gentler?: number,
): Promise<Omit<TrafficPhase, 'retried'>> {
  const id = `${claimId.replaceAll(/[ /]/g, '-')}-${path.kind}${gentler === undefined ? '' : '-gentler'}`;
  const { client, cluster, profile, ratePerSecond = path.ratePerSecond } = scene;
  const site = { client, cluster, profile, ratePerSecond: gentler ?? ratePerSecond };
  const placed = await placeLoad(site, id, path, profile.load.maxDurationMs);
  const phase: SplitPhase = {
    id,
    claimId,
    title: `${claim.service} as called ${path.kind === 'mesh' ? 'inside the mesh' : 'through the ingress'}${suffix}${gentler === undefined ? '' : `, at ${gentler}/s`}`,
    path: path.kind,
    expectation: expectationOf(split, scene.assurance),
    load: { ...placed.request, receiver: claim.service },
    argvPrefix: placed.argvPrefix,
    warmUpRequests: Math.ceil(placed.request.ratePerSecond * WARM_UP_SECONDS),
    generatorCores: scene.cores,
    onInOrder: streams.recorder(path.kind),
    armOf: versionReader(claim.service, placed.request.identify),
  };
  const query = {
    reporter: reporterOf(claim, scene),
    service: claim.service,
    namespace: claim.virtualService.namespace,
  } as const;
  const { prometheusUrl } = cluster;
  const limitMs = profile.budgets.metricsSettledMs;
  const before =
    prometheusUrl === undefined ? undefined : await readBaseline(prometheusUrl, query, limitMs, scene.signal);
  const samples = scene.evidence.createSamples(`samples-${id}.jsonl.gz`);
  scene.recorder.event('load', `${phase.title}: ${placed.request.ratePerSecond}/s started`);
  const { load, progress, environment, now } = scene;
  const result = await runSplitPhase(phase, { load, samples, progress, environment, now }, scene.signal);
  scene.recorder.event('load', `${phase.title}: ${result.split.outcome}`, result.split.sentence);
  const meshCounts =
    prometheusUrl === undefined || before === undefined
      ? undefined
      : {
          reporter: query.reporter,
          byVersion: await settled(scene, prometheusUrl, query, before, result.load.received),
        };
  return { claimId, path: path.kind, result, meshCounts };
}

async function settled(
  scene: Scene,
  prometheusUrl: string,
  query: Parameters<typeof readBaseline>[1],
  before: VersionCounts,
  expected: number,
): Promise<VersionCounts> {
  const step = scene.progress.step('Prometheus counts the same requests');
  const limitMs = scene.profile.budgets.metricsSettledMs;
  const growth = await settledGrowth(prometheusUrl, query, before, expected, limitMs, scene.signal);
  step.done(`${total(growth)} of ${expected}`);
  return growth;
}

/** Which side's counters a later claim of this profile compares with. */
function reporterOf(claim: SplitClaim, scene: Scene): 'source' | 'destination' {
  const witnesses = scene.profile.claims.map((other) => kindOf(other).witness?.(other));
  return witnesses.find((witness) => witness?.split === claim.id)?.reporter ?? 'destination';
}

/** Subset -> version, as the receivers name themselves. */
export function versionOf(split: Pick<DeclaredSplit, 'arms'>): (subset: string) => string {
  return (subset) => split.arms.find((arm) => arm.subset === subset)?.version ?? subset;
}
