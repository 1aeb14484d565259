/**
 * Claim kind `rollback-effects`: after a fault in mid-canary the metric crosses, the analysis fails, the rollout is
 * aborted, every proxy sends everything to stable again, the canary's pods go, and nobody was turned away.
 */
import { queryPrometheusRange } from '../evidence/prometheus-client.ts';
import { createProxyWatch, type RouteSeen } from '../evidence/proxy-watch.ts';
import type { RollbackEffectsClaim } from '../profile/rollout-claim.ts';
import { onEvidence } from '../verdict/combine.ts';
import { analysisReports, metricResults } from './analysis-report.ts';
import { canaryAnswers } from './canary-answers.ts';
import { openCommitStatus } from './commit-status.ts';
import { errorLedger, lostIn } from './error-ledger.ts';
import { openGatewayLog } from './gateway-log.ts';
import { changeBehaviour, HASH_LABEL } from './inject-behaviour.ts';
import { heatMapOf } from './latency-bins.ts';
import { openMovingStage } from './moving-stage.ts';
import { replayAnalysis } from './replay-analysis.ts';
import { rolloutStatus } from './rollout-object.ts';
import type { SeenRun } from './rollout-watch.ts';
import { type ClaimResult, type Scene, seconds } from './scene.ts';
import { STABLE_VERSION } from './stage.ts';
import { CANARY_VERSION } from './trial.ts';
import { type RollbackFacts, waterfallOf, waterfallProblems } from './waterfall.ts';

const GATEWAYS = { namespace: 'istio-system', selector: 'istio=ingressgateway' } as const;
/** Scaling the canary down waits for `abortScaleDownDelaySeconds` and for the pods' own grace. */
const PODS_GONE_MS = 120_000;
const POSTED_MS = 15_000;
const POLL_MS = 250;

export async function judgeRollbackEffects(claim: RollbackEffectsClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  await using cleanUp = new AsyncDisposableStack();
  const status = claim.commitStatus ? cleanUp.use(await openCommitStatus(scene, claim.commitStatus.state)) : undefined;
  const gatewayLog = cleanUp.use(await openGatewayLog(scene));
  const moving = cleanUp.use(
    await openMovingStage(
      claim,
      { replicas: 2, ...(status ? { change: (object) => status.subscribe(object) } : {}) },
      scene,
    ),
  );
  const { stage, load } = moving;
  const { watch } = stage;
  const routes: RouteSeen[] = [];
  const proxies = cleanUp.use(await watchGateways(stage.host, routes, scene));
  const { budgets } = scene.profile;
  const posted = status?.receiver.requests.length ?? 0;
  const movedMs = scene.now();
  await stage.release(CANARY_VERSION);
  await watch.until((seen) => seen.runs.size > 0, 'the first analysis to begin', budgets.rolloutEndsMs);
  const hash = rolloutStatus(watch.rollout).currentHash ?? '';
  const changed = await changeBehaviour(scene, stage.namespace, hash, { errorShare: claim.fault.errorShare });
  const faultMs = Math.min(...changed.map(({ atMs }) => atMs));
  await watch.until((seen) => rolloutStatus(seen.rollout).abort, 'the rollout to be aborted', budgets.rolloutEndsMs);
  const abortedMs = watch.statuses.find((seen) => seen.status.abort)?.atMs ?? scene.now();
  await watch.until((seen) => seen.weights.at(-1)?.weight === 0, 'the weight to go back to 0', budgets.routesAppliedMs);
  const zeroMs = watch.weights.at(-1)?.atMs ?? scene.now();
  const goneMs = await podsGone(stage.namespace, hash, scene);
  const delivery = await status?.receiver.waitFor(
    ({ body }) => body.includes(`${stage.namespace}/`),
    POSTED_MS,
    posted,
  );
  const stoppedMs = scene.now();
  const { stream, books } = await load.stop();
  const failed = [...watch.runs.values()].find(({ phases }) => phases.at(-1)?.phase === 'Failed');
  const crossing = failed && (await metricCrosses(failed, faultMs, abortedMs, scene));
  const acknowledged = gatewaysAtZero(routes, zeroMs, stage.rollout.subsets?.canary);
  const answers = canaryAnswers(stream, { canaryVersion: CANARY_VERSION, fromMs: faultMs, users: claim.users });
  const facts: RollbackFacts = {
    title: `Rollback of ${claim.rollout.name}`,
    rollout: `${stage.namespace}/${claim.rollout.name}`,
    times: {
      'fault-injected': at(faultMs, `${claim.fault.errorShare * 100} % errors in ${changed.length} pod(s)`),
      ...(crossing ? { 'metric-crosses': crossing } : {}),
      ...measured(failed),
      aborted: at(abortedMs, rolloutStatus(watch.rollout).message),
      'weight-zero-declared': at(zeroMs, `VirtualService resourceVersion ${watch.weights.at(-1)?.resourceVersion}`),
      ...(acknowledged.length > 0 && acknowledged.every(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined)
        ? {
            'weight-zero-acknowledged': at(
              Math.max(...acknowledged.map(({ acknowledgedAtMs }) => acknowledgedAtMs ?? 0)),
              `${acknowledged.length} proxies`,
            ),
          }
        : {}),
      ...(answers.lastMs === undefined
        ? {}
        : { 'last-canary-answer': at(answers.lastMs, `${answers.canary} answers since the fault`) }),
      ...(goneMs === undefined ? {} : { 'canary-pods-gone': at(goneMs, `hash ${hash}`) }),
      ...(delivery ? { 'commit-status-posted': at(delivery.atMs, delivery.body.slice(0, 200)) } : {}),
    },
    optional: claim.commitStatus ? [] : ['commit-status-posted'],
    proxies: acknowledged,
    answers: {
      badAnswers: answers.bad,
      canaryAnswers: answers.canary,
      distinctUsers: answers.distinctUsers,
      requests: answers.requests,
    },
  };
  const canary = stage.rollout.subsets?.canary ?? stage.rollout.canaryService ?? 'canary';
  const ledger = errorLedger(stream, await gatewayLog.errors(stage.host, movedMs), {
    title: `Errors of the rollback of ${claim.rollout.name}`,
    stretches: [
      { phase: 'before the fault', fromMs: 0, toMs: faultMs },
      { phase: 'fault to abort', fromMs: faultMs, toMs: abortedMs },
      { phase: 'after the abort', fromMs: abortedMs, toMs: Number.POSITIVE_INFINITY },
    ],
    canaryCluster: (cluster) => cluster.includes(`|${canary}|`) || cluster.includes(`|${canary}.`),
    stableVersion: STABLE_VERSION,
    stoppedMs,
  });
  const lost = lostIn(ledger);
  const analyses = (
    await Promise.all([...watch.runs.values()].map((run) => replayAnalysis(run.object, facts.rollout, scene)))
  ).flat();
  const disagreeing = analyses.flatMap(({ measurements }) => measurements).filter(({ agrees }) => agrees === false);
  const problems = [
    ...waterfallProblems(facts),
    ...(lost > 0 ? [`${lost} requests were lost.`] : []),
    ...(delivery && !delivery.body.includes(`"${claim.commitStatus?.state}"`)
      ? [`The commit status says ${delivery.body.slice(0, 100)}.`]
      : []),
    ...(disagreeing.length > 0 ? [`${disagreeing.length} measurements differ from the oracle.`] : []),
  ];
  const outcome = onEvidence(problems.length > 0 ? 'failed' : 'passed', books.outcome);
  await proxies[Symbol.asyncDispose]();
  const trackOf = (version: string) => (version === STABLE_VERSION ? ('stable' as const) : ('canary' as const));
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome,
      sentence: [
        `${seconds(abortedMs - faultMs)} after the fault the rollout was aborted, and ${answers.lastMs === undefined ? 'the canary had not answered' : `${seconds(Math.max(0, answers.lastMs - abortedMs))} later the canary answered for the last time`}.`,
        `${answers.bad} bad answers reached ${answers.distinctUsers} of ${claim.users} users; ${lost} requests were lost.`,
        ...problems,
        ...(books.outcome === 'invalid' ? [`The books are bad: ${books.problems.join('; ')}.`] : []),
      ].join(' '),
      details: Object.entries(facts.times).map(([name, event]) => ({
        label: name,
        value: `${seconds(event.atMs - faultMs)} after the fault: ${event.detail}`,
      })),
      durationMs: scene.now() - startedAt,
    },
    waterfalls: [waterfallOf(facts, outcome)],
    errorLedgers: [ledger],
    analyses,
    books: [books],
    heatMaps: [heatMapOf(`Latency of the rollback of ${claim.rollout.name}`, stream, trackOf)],
    findings: problems.map((sentence) => ({
      code: 'ROLLBACK_INCOMPLETE',
      layer: 'observed' as const,
      severity: 'error' as const,
      sentence,
      where: facts.rollout,
    })),
  };
}

const at = (atMs: number, detail: string) => ({ atMs, detail });

async function watchGateways(host: string, routes: RouteSeen[], scene: Scene) {
  const watch = createProxyWatch({
    hosts: [host],
    enter: async ({ namespace, pod }) => (await scene.cluster.loadAt({ kind: 'mesh', namespace, pod })).argvPrefix,
    onRoute: (seen) => routes.push(seen),
    onCounters: () => undefined,
    onRejections: () => undefined,
    onLost: (proxy, why) => scene.progress.note(`lost the proxy ${proxy}: ${why}`),
    onCost: () => undefined,
  });
  const { namespace, selector } = GATEWAYS;
  const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace }, selector);
  for (const { metadata } of pods)
    watch.add({ namespace, pod: metadata.name, uid: metadata.uid ?? metadata.name, role: 'proxy' });
  return watch;
}

/** The first moment from which each proxy no longer routes to the canary; asked again and again, so at most 250 ms late. */
function gatewaysAtZero(routes: readonly RouteSeen[], zeroMs: number, canarySubset: string | undefined) {
  const byProxy = new Map<string, RouteSeen[]>();
  for (const seen of routes) byProxy.set(seen.proxy, [...(byProxy.get(seen.proxy) ?? []), seen]);
  return [...byProxy].map(([proxy, all]) => {
    const before = zeroMs - 5_000;
    const zero = all.find(({ atMs, weights }) => atMs >= before && weights && canaryShare(weights, canarySubset) === 0);
    return { proxy, ...(zero ? { acknowledgedAtMs: zero.atMs } : {}) };
  });
}

function canaryShare(weights: Readonly<Record<string, number>>, subset: string | undefined): number {
  return subset === undefined ? (Object.entries(weights)[1]?.[1] ?? 0) : (weights[subset] ?? 0);
}

async function podsGone(namespace: string, hash: string, scene: Scene): Promise<number | undefined> {
  const deadline = scene.now() + PODS_GONE_MS;
  while (scene.now() < deadline) {
    scene.signal.throwIfAborted();
    const pods = await scene.client.list({ apiVersion: 'v1', resource: 'pods', namespace }, `${HASH_LABEL}=${hash}`);
    if (pods.length === 0) return scene.now();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return undefined;
}

function measured(run: SeenRun | undefined): RollbackFacts['times'] {
  if (!run) return {};
  const [report] = analysisReports(run.object, '', new Map()).filter(({ phase }) => phase === 'Failed');
  const place = report?.measurements.findIndex(({ phase }) => phase === 'Failed') ?? -1;
  const seenMs = report && run.measuredMs.get(`${report.metric}/${place + 1}`);
  const failedMs = run.phases.find(({ phase }) => phase === 'Failed')?.atMs;
  return {
    ...(report && seenMs !== undefined
      ? { 'measurement-failed': at(seenMs, `${report.metric} ${report.measurements[place]?.value ?? ''}`) }
      : {}),
    ...(failedMs === undefined ? {} : { 'analysis-failed': at(failedMs, run.object.metadata.name) }),
  };
}

/** When the query of the metric that failed crossed its limit, second by second, by Prometheus' own evaluation. */
async function metricCrosses(run: SeenRun, fromMs: number, toMs: number, scene: Scene) {
  const { prometheusUrl } = scene.cluster;
  const failed = metricResults(run.object).find(({ phase }) => phase === 'Failed');
  const measurement = failed?.measurements?.find(({ phase }) => phase === 'Failed');
  const query = failed?.metadata?.ResolvedPrometheusQuery;
  const value = Number(/-?[\d.]+(?:e[-+]?\d+)?/i.exec(measurement?.value ?? '')?.[0]);
  if (prometheusUrl === undefined || query === undefined || Number.isNaN(value)) return undefined;
  const [series] = await queryPrometheusRange(
    prometheusUrl,
    query,
    { startMs: fromMs - 5_000, endMs: toMs, stepMs: 1_000 },
    scene.signal,
  );
  const baseline = series?.points.findLast(({ atMs }) => atMs <= fromMs)?.value;
  const limit = limitOf(run, failed?.name ?? '');
  if (!series || limit === undefined) return undefined;
  const isBad = (point: number) => (value < limit ? point < limit : point >= limit);
  const crossed = series.points.find((point) => point.atMs > fromMs && isBad(point.value));
  return (
    crossed &&
    at(
      crossed.atMs,
      `${failed?.name} ${crossed.value.toPrecision(4)}, limit ${limit}, before ${baseline?.toPrecision(4) ?? 'nothing'}`,
    )
  );
}

/** The number that the condition compares result[0] with, arguments filled in. */
function limitOf(run: SeenRun, metric: string): number | undefined {
  const [report] = analysisReports(run.object, '', new Map()).filter((each) => each.metric === metric);
  const compared = /result\[0\]\s*(?:<=|>=|<|>)\s*(\{\{\s*args\.([\w-]+)\s*\}\}|[\d.]+)/.exec(report?.condition ?? '');
  const args = (run.object.spec as { args?: readonly { name: string; value?: string }[] } | undefined)?.args ?? [];
  const text = compared?.[2] === undefined ? compared?.[1] : args.find(({ name }) => name === compared[2])?.value;
  const limit = Number(text);
  return Number.isFinite(limit) ? limit : undefined;
}
