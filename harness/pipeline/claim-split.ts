/** Claim kind `traffic-split`: on every client path the observed shares are the ones that Git declares. */
import type { FindingReport } from '../../reports/model/run-report.ts';
import { readVersionCounts, settledGrowth, total, type VersionCounts } from '../evidence/mesh-counters.ts';
import { type DeclaredSplit, readDeclaredSplit } from '../lint/declared-split.ts';
import type { TrafficPath, TrafficSplitClaim } from '../profile/profile.ts';
import { combineOutcomes } from '../verdict/combine.ts';
import { ASSURANCE, type SplitExpectation } from '../verdict/split-judge.ts';
import { waitForPods } from './deploy-profile.ts';
import { awaitProxies, type ProxyState } from './proxy-convergence.ts';
import type { ClaimResult, Scene, TrafficPhase } from './scene.ts';
import { runSplitPhase, type SplitPhase } from './split-phase.ts';
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
  const phases: TrafficPhase[] = [];
  for (const path of claim.paths) phases.push(await runPath(claim, split, path, scene));
  scene.phases.push(...phases);
  const findings = [...layerFindings(claim, split, scene, phases), ...proxyFindings(claim, proxies)];
  const outcome = combineOutcomes(phases.map((phase) => phase.result.split.outcome));
  const parts = phases.map(({ path, result }) => `${path === 'mesh' ? 'in-mesh' : path}: ${result.split.sentence}`);
  const blamed = findings.filter((finding) => finding.severity === 'error').map((finding) => finding.sentence);
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [...(outcome === 'passed' ? [] : blamed), ...parts].join(' '),
      details: phases.map(({ path, result }) => ({
        label: `client path ${path}`,
        value: `${result.split.samples} requests at ${Math.round(result.split.requestsPerSecond)}/s, decided after ${((result.split.decidedAt - result.split.startedAt) / 1000).toFixed(1)} s`,
      })),
      durationMs: scene.now() - startedAt,
    },
    splits: phases.map((phase) => phase.result.split),
    books: phases.map((phase) => phase.result.books),
    findings,
  };
}

async function runPath(
  claim: TrafficSplitClaim,
  split: DeclaredSplit,
  path: TrafficPath,
  scene: Scene,
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
    armOf: versionReader(claim.service),
  };
  const query = {
    reporter: reporterOf(claim, scene),
    service: claim.service,
    namespace: claim.virtualService.namespace,
  } as const;
  const { prometheusUrl } = scene.cluster;
  const before = prometheusUrl === undefined ? undefined : await readVersionCounts(prometheusUrl, query, scene.signal);
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
  query: Parameters<typeof readVersionCounts>[1],
  before: VersionCounts,
  expected: number,
): Promise<VersionCounts> {
  const step = scene.progress.step('Prometheus counts the same requests');
  const limitMs = scene.profile.budgets.metricsSettledMs;
  const growth = await settledGrowth(prometheusUrl, query, before, expected, limitMs, scene.signal);
  step.done(`${total(growth)} of ${expected}`);
  return growth;
}

const shown = (weights: Readonly<Record<string, number>>): string =>
  Object.entries(weights)
    .map(([subset, weight]) => `${subset} ${weight}`)
    .join(', ');

/** Git against the API object, and then, where a path failed, what that means for the observed share. */
function layerFindings(
  claim: TrafficSplitClaim,
  split: DeclaredSplit,
  scene: Scene,
  phases: readonly TrafficPhase[],
): FindingReport[] {
  const { namespace, name } = claim.virtualService;
  const newest = scene.recorder.history(namespace, name).at(-1);
  const where = `VirtualService ${namespace}/${name}`;
  const declared = Object.fromEntries(split.arms.map(({ subset, version, weight }) => [subset ?? version, weight]));
  const findings: FindingReport[] = [];
  if (!newest)
    return [
      {
        code: 'API_OBJECT_MISSING',
        layer: 'api',
        severity: 'error',
        sentence: `${where} is declared in ${split.file}:${split.line} but is not in the cluster.`,
        where,
        hint: 'Argo CD did not apply it: look at directory.recurse and the Application status.',
      },
    ];
  const differs = split.arms.some(({ subset, version, weight }) => (newest.weights[subset ?? version] ?? 0) !== weight);
  if (differs)
    findings.push({
      code: 'API_WEIGHTS_DIFFER',
      layer: 'api',
      severity: 'error',
      sentence: `Git declares ${shown(declared)} (${split.file}:${split.line}), but ${where} says ${shown(newest.weights)}, written by ${newest.writer} at ${new Date(newest.atMs).toISOString()}.`,
      where,
      hint: 'Somebody changed the object and self-heal did not undo it: look at spec.syncPolicy.automated of the Application.',
    });
  const hasMeshPath = phases.some((phase) => phase.path === 'mesh' || phase.path === 'ingress');
  if (hasMeshPath && !newest.gateways.includes('mesh'))
    findings.push({
      code: 'API_GATEWAY_MESH_MISSING',
      layer: 'api',
      severity: 'error',
      sentence: `${where} is bound to ${newest.gateways.join(', ')} and not to mesh, so callers inside the mesh (productpage, too) are split by pod count and not by weight.`,
      where,
      hint: 'Add `mesh` to spec.gateways, or leave the field out.',
    });
  const failed = phases.filter((phase) => phase.result.split.outcome === 'failed');
  if (findings.length === 0 && failed.length > 0)
    findings.push({
      code: 'OBSERVED_SHARE_DIFFERS',
      layer: 'observed',
      severity: 'error',
      sentence: `Git and ${where} agree on ${shown(declared)}, but clients got something else on ${failed.map((phase) => phase.path).join(' and ')}.`,
      where,
      hint: 'Compare the proxies: an EnvoyFilter, another VirtualService for the host, or labels of the subsets.',
    });
  return findings;
}

function proxyFindings(claim: TrafficSplitClaim, proxies: readonly ProxyState[]): FindingReport[] {
  return proxies
    .filter((proxy) => !proxy.converged)
    .map(({ pod, weights }) => ({
      code: 'XDS_WEIGHTS_DIFFER',
      layer: 'xds' as const,
      severity: 'error' as const,
      sentence: `The proxy of ${pod} routes ${claim.service} as ${weights ? shown(weights) : 'nothing at all'}, which is not what the VirtualService says.`,
      where: pod,
      hint: 'Look for NACKs in the log of istiod and for an EnvoyFilter.',
    }));
}
