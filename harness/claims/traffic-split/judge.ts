/** Claim kind `traffic-split`: on every client path the observed shares are the ones that Git declares. */

import type { FindingReport } from '../../../reports/model/run-report.ts';
import { waitForPods } from '../../delivery/deploy-profile.ts';
import { awaitProxies, type ProxyState } from '../../delivery/proxy-convergence.ts';
import { seconds } from '../../documents/figures.ts';
import type { SplitClaim, TrafficPath } from '../../documents/references.ts';
import { readBaseline, settledGrowth, total, type VersionCounts } from '../../evidence/mesh-counters.ts';
import { type DeclaredSplit, weightsOf } from '../../lint/routes/declared-split.ts';
import {
  claimLedger,
  createPathStreams,
  type FollowedArm,
  type PathStreams,
  unexplained,
} from '../../scene/claim-ledger.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene, TrafficPhase } from '../../scene/scene.ts';
import { declaredSplit, splitHost } from '../../scene/split-claim.ts';
import { followedArm, runSplitPhase } from '../../traffic/split-phase.ts';
import type { SplitPhase } from '../../traffic/split-phase-input.ts';
import { placeLoad, versionReader } from '../../traffic/traffic-path.ts';
import { combineOutcomes } from '../../verdict/combine.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import { kindOf } from '../declarations.ts';
import {
  proxyCounts,
  retriedByVersion,
  settledProxyCounts,
  type WitnessedPhase,
  witnessFindings,
} from './envoy-witness.ts';

/** Requests of the first second: connections open, just-in-time compilers warm up. Recorded, not judged. */
const WARM_UP_SECONDS = 1;

/** Which side's counters a later claim of this profile compares with. */
function reporterOf(claim: SplitClaim, scene: Scene): 'source' | 'destination' {
  const witnesses = scene.profile.claims.map((other) => kindOf(other).witness?.(other));
  return witnesses.find((witness) => witness?.split === claim.id)?.reporter ?? 'destination';
}

/** How a claim is called in the report; while a fault is in place, after that fault too. */
export interface ClaimName {
  readonly id: string;
  readonly title: string;
  /** Ends the titles of its load phases. */
  readonly suffix: string;
  /** When its ledger begins (Unix ms); undefined: with the judging. */
  readonly sinceMs?: number;
}

export async function judgeTrafficSplit(
  claim: SplitClaim,
  scene: Scene,
  name: ClaimName = { ...claim, suffix: '' },
): Promise<ClaimResult> {
  const startedAt = scene.now();
  const split = declaredSplit(scene, claim);
  await waitForPods(scene);
  const proxies = await awaitProxies(scene, claim, splitHost(claim));
  const arm = armOfLedger(split, scene);
  const streams = createPathStreams(arm.name);
  const phases: TrafficPhase[] = [];
  const counted: WitnessedPhase[] = [];
  for (const path of claim.paths) {
    const before = proxyCounts(scene, splitHost(claim));
    const phase = await runPath(claim, name, split, path, scene, streams);
    const growth = await settledProxyCounts(scene, splitHost(claim), before, phase.result.load.received);
    phases.push({ ...phase, retried: retriedByVersion(growth, versionOf(split)) });
    const { books, split: verdict } = phase.result;
    counted.push({ path: path.kind, books, growth, sinceMs: verdict.startedAt });
  }
  scene.phases.push(...phases);
  const service = { name: claim.service, namespace: claim.virtualService.namespace };
  const { ledger, findings: blamed } = claimLedger(scene, claim, name, arm, streams, name.sinceMs ?? startedAt);
  const silent = silentProxies(proxies);
  const explained = [...blamed, ...silent].some((finding) => finding.severity === 'error');
  const failed = phases.filter((phase) => phase.result.split.outcome === 'failed').map((phase) => phase.path);
  const held = weightsOf(split);
  const findings = [
    ...blamed,
    ...witnessFindings(counted, service, versionOf(split)),
    ...silent,
    ...(failed.length > 0 && !explained ? [unexplained(claim, held, failed)] : []),
  ];
  const wrongLayer = findings.some((finding) => finding.severity === 'error');
  const outcome = combineOutcomes([
    ...phases.map((phase) => phase.result.split.outcome),
    ...(wrongLayer ? (['failed'] as const) : []),
  ]);
  const parts = phases.map(({ path, result }) => `${path === 'mesh' ? 'in-mesh' : path}: ${result.split.sentence}`);
  const reasons = findings.filter((finding) => finding.severity === 'error').map((finding) => finding.sentence);
  return {
    claim: {
      id: name.id,
      title: name.title,
      outcome,
      sentence: [...(outcome === 'passed' ? [] : reasons), ...parts].join(' '),
      details: phases.map(({ path, result }) => ({
        label: `client path ${path}`,
        value: `${result.split.samples} requests at ${Math.round(result.split.requestsPerSecond)}/s, decided after ${seconds(result.split.decidedAt - result.split.startedAt)}`,
      })),
      durationMs: scene.now() - startedAt,
    },
    splits: phases.map((phase) => phase.result.split),
    books: phases.map((phase) => phase.result.books),
    findings,
    ledgers: [ledger],
  };
}

/** The arm that pictures and the ledger follow. */
function armOfLedger(split: Pick<DeclaredSplit, 'arms'>, scene: Scene): FollowedArm {
  const { name } = followedArm(expectationOf(split, scene.assurance));
  return { name, subset: split.arms.find(({ version }) => version === name)?.subset ?? name };
}

/** Subset -> version, as the receivers name themselves. */
function versionOf(split: Pick<DeclaredSplit, 'arms'>): (subset: string) => string {
  return (subset) => split.arms.find((arm) => arm.subset === subset)?.version ?? subset;
}

async function runPath(
  claim: SplitClaim,
  { id: claimId, suffix }: ClaimName,
  split: DeclaredSplit,
  path: TrafficPath,
  scene: Scene,
  streams: PathStreams,
): Promise<Omit<TrafficPhase, 'retried'>> {
  const id = `${claimId.replaceAll(/[ /]/g, '-')}-${path.kind}`;
  const placed = await placeLoad(scene, id, path, scene.profile.load.maxDurationMs);
  const phase: SplitPhase = {
    id,
    claimId,
    title: `${claim.service} as called ${path.kind === 'mesh' ? 'inside the mesh' : 'through the ingress'}${suffix}`,
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
  const { prometheusUrl } = scene.cluster;
  const limitMs = scene.profile.budgets.metricsSettledMs;
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

/** Proxies of which nothing was heard: their layer is not known. */
function silentProxies(proxies: readonly ProxyState[]): FindingReport[] {
  const silent = proxies.filter((proxy) => proxy.silent);
  if (silent.length === 0) return [];
  const names = silent.map(({ pod }) => pod).join(', ');
  return [
    {
      code: 'XDS_NOT_WATCHED',
      layer: 'instrument',
      severity: 'warning',
      sentence: `Nothing was heard of ${silent.length} of ${proxies.length} proxies: ${names}.`,
      where: names,
      hint: 'Their admin interface could not be reached from here; what they acknowledged is not in the ledger.',
    },
  ];
}
