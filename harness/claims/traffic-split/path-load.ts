/**
 * The load of one client path of a split, with what proxies and mesh counted of it; once more, at a lower rate, where
 * generator or system could not keep up.
 */
import type { BooksReport } from '../../../reports/model/run-report.ts';
import type { SplitClaim, TrafficPath } from '../../documents/references.ts';
import { readBaseline, settledGrowth, total, type VersionCounts } from '../../evidence/mesh-counters.ts';
import type { DeclaredSplit } from '../../lint/routes/declared-split.ts';
import type { PathStreams } from '../../scene/claim-ledger.ts';
import type { Scene, TrafficPhase } from '../../scene/scene.ts';
import { splitHost } from '../../scene/split-claim.ts';
import { runGently } from '../../traffic/gentler-rate.ts';
import { runSteadyLoad } from '../../traffic/steady-load.ts';
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
  /** The books of a first try that no verdict rests on, because its rate was more than could be sustained. */
  readonly tooFast?: BooksReport;
}

export async function loadOfPath(paths: PathsOfClaim, path: TrafficPath): Promise<PathLoad> {
  const { run, tooFast } = await runGently(
    (gentler) => countedPath(paths, path, gentler),
    ({ phase }) => phase.result,
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

/** @param gentler the rate that a load is run once more at, after the first */
async function runPath(
  { claim, name: { id: claimId, suffix }, split, scene, streams }: PathsOfClaim,
  path: TrafficPath,
  gentler?: number,
): Promise<Omit<TrafficPhase, 'retried'>> {
  const title = `${claim.service} as called ${path.kind === 'mesh' ? 'inside the mesh' : 'through the ingress'}${suffix}`;
  const query = {
    reporter: reporterOf(claim, scene),
    service: claim.service,
    namespace: claim.virtualService.namespace,
  } as const;
  const { prometheusUrl } = scene.cluster;
  const limitMs = scene.profile.budgets.metricsSettledMs;
  const before =
    prometheusUrl === undefined ? undefined : await readBaseline(prometheusUrl, query, limitMs, scene.signal);
  scene.recorder.event('load', `${title}: ${gentler ?? scene.ratePerSecond ?? path.ratePerSecond}/s started`);
  const result = await runSteadyLoad(
    {
      ...{ claimId, title, path, service: claim.service },
      id: `${claimId.replaceAll(/[ /]/g, '-')}-${path.kind}`,
      expectation: expectationOf(split, scene.assurance),
      onInOrder: streams.recorder(path.kind),
    },
    scene,
    gentler,
  );
  scene.recorder.event('load', `${result.split.title}: ${result.split.outcome}`, result.split.sentence);
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
