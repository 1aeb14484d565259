/** Claim kind `traffic-split`: on every client path the observed shares are the ones that Git declares. */
import type { FindingReport } from '../../reports/model/run-report.ts';
import { readBaseline, settledGrowth, total, type VersionCounts } from '../evidence/mesh-counters.ts';
import { type DeclaredSplit, readDeclaredSplit } from '../lint/declared-split.ts';
import type { TrafficPath, TrafficSplitClaim } from '../profile/profile.ts';
import { combineOutcomes } from '../verdict/combine.ts';
import { ASSURANCE, type SplitExpectation } from '../verdict/split-judge.ts';
import { claimLedger, createPathStreams, type FollowedArm, type PathStreams, unexplained } from './claim-ledger.ts';
import { waitForPods } from './deploy-profile.ts';
import { proxyCounts, settledProxyCounts, witnessFindings } from './envoy-witness.ts';
import { awaitProxies, type ProxyState } from './proxy-convergence.ts';
import type { ClaimResult, Scene, TrafficPhase } from './scene.ts';
import { followedArm, runSplitPhase, type SplitPhase } from './split-phase.ts';
import { placeLoad, versionReader } from './traffic-path.ts';

const LOOK_EVERY = 20;
/** Requests of the first second: connections open, just-in-time compilers warm up. Recorded, not judged. */
const WARM_UP_SECONDS = 1;

/** Which side's counters a later claim of this profile compares with. */
function reporterOf(claim: TrafficSplitClaim, scene: Scene): 'source' | 'destination' {
  const comparison = scene.profile.claims.find(
    (other) => other.kind === 'prometheus-agrees' && other.split.id === claim.id,
  );
  return comparison?.kind === 'prometheus-agrees' ? comparison.reporter : 'destination';
}

export function declaredSplit(scene: Scene, claim: TrafficSplitClaim): DeclaredSplit {
  const { name, namespace } = claim.virtualService;
  return readDeclaredSplit(scene.source.files, { virtualService: { name, namespace }, namespace });
}

export function expectationOf(split: Pick<DeclaredSplit, 'arms'>, assurance: keyof typeof ASSURANCE): SplitExpectation {
  const arms = split.arms.map(({ version, share }) => ({ name: version, share }));
  return { arms, ...ASSURANCE[assurance], lookEvery: LOOK_EVERY };
}

export function fullHost(claim: TrafficSplitClaim): string {
  return `${claim.service}.${claim.virtualService.namespace}.svc.cluster.local`;
}

export async function judgeTrafficSplit(claim: TrafficSplitClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const split = declaredSplit(scene, claim);
  await waitForPods(scene);
  const proxies = await awaitProxies(scene, claim, fullHost(claim));
  const arm = armOfLedger(split, scene);
  const streams = createPathStreams(arm.name);
  const phases: TrafficPhase[] = [];
  const witnessed: FindingReport[] = [];
  for (const path of claim.paths) {
    const before = proxyCounts(scene, fullHost(claim));
    const phase = await runPath(claim, split, path, scene, streams);
    phases.push(phase);
    const growth = await settledProxyCounts(scene, fullHost(claim), before, phase.result.load.received);
    witnessed.push(...witnessFindings(phase.result.books, growth, versionOf(split)));
  }
  scene.phases.push(...phases);
  const { ledger, findings: blamed } = claimLedger(scene, claim, claim.title, arm, streams, startedAt);
  const silent = silentProxies(proxies);
  const explained = [...blamed, ...silent].some((finding) => finding.severity === 'error');
  const failed = phases.filter((phase) => phase.result.split.outcome === 'failed').map((phase) => phase.path);
  const held = Object.fromEntries(split.arms.map(({ subset, version, weight }) => [subset ?? version, weight]));
  const findings = [
    ...blamed,
    ...witnessed,
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
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [...(outcome === 'passed' ? [] : reasons), ...parts].join(' '),
      details: phases.map(({ path, result }) => ({
        label: `client path ${path}`,
        value: `${result.split.samples} requests at ${Math.round(result.split.requestsPerSecond)}/s, decided after ${((result.split.decidedAt - result.split.startedAt) / 1000).toFixed(1)} s`,
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
  claim: TrafficSplitClaim,
  split: DeclaredSplit,
  path: TrafficPath,
  scene: Scene,
  streams: PathStreams,
): Promise<TrafficPhase> {
  const id = `${claim.id.replaceAll('/', '-')}-${path.kind}`;
  const placed = await placeLoad(scene, id, path, scene.profile.load.maxDurationMs);
  const phase: SplitPhase = {
    id,
    claimId: claim.id,
    title:
      path.kind === 'mesh'
        ? `${claim.service} as called inside the mesh`
        : `${claim.service} as called through the ingress`,
    path: path.kind,
    expectation: expectationOf(split, scene.assurance),
    load: placed.request,
    argvPrefix: placed.argvPrefix,
    warmUpRequests: Math.ceil(placed.request.ratePerSecond * WARM_UP_SECONDS),
    generatorCores: scene.cores,
    onInOrder: streams.recorder(path.kind),
    armOf: versionReader(claim.service),
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
  const { load, progress, now } = scene;
  const result = await runSplitPhase(phase, { load, samples, progress, now }, scene.signal);
  scene.recorder.event('load', `${phase.title}: ${result.split.outcome}`, result.split.sentence);
  const meshCounts =
    prometheusUrl === undefined || before === undefined
      ? undefined
      : {
          reporter: query.reporter,
          byVersion: await settled(scene, prometheusUrl, query, before, result.load.received),
        };
  return { claimId: claim.id, path: path.kind, result, meshCounts };
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
