/** What following the weights comes to: every held stretch weighed, and the sentence of the claim. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { BooksReport, FindingReport, SplitReport } from '../../../reports/model/run-report.ts';
import type { LayersRead } from '../../rollouts/layers/rollout-layers.ts';
import { readRollout } from '../../rollouts/rollout-object.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { canaryClusterOf, errorLedger, lostIn } from '../../stage/error-ledger.ts';
import type { GatewayError } from '../../stage/gateway-log.ts';
import { CANARY_VERSION, STABLE_VERSION, type Stage } from '../../stage/stage.ts';
import { heatMapOf, percentilesOf, trackOf } from '../../traffic/latency-bins.ts';
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import { judgeShares } from '../../traffic/share-verdict.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import type { AutoscalerSight, DeclaredAutoscaler } from './autoscaler.ts';
import type { HpaCanaryClaim } from './declaration.ts';
import { scaleAt } from './held-steps.ts';
import type { Held } from './hold.ts';
import { detailsOf, sentenceOf } from './in-words.ts';
import type { ReceiverBook } from './receiver-book.ts';
import { type Weighed, weigh } from './weigh.ts';
import type { Problem } from './weigh-request.ts';

export interface Watched {
  readonly claim: HpaCanaryClaim;
  /** The Rollout that was copied. */
  readonly live: KubeObject;
  readonly declared: DeclaredAutoscaler;
  readonly stage: Pick<Stage, 'namespace' | 'rollout'>;
  readonly book: ReceiverBook;
  readonly stream: RolloutStream;
  readonly books: BooksReport;
  readonly gatewayErrors: readonly GatewayError[];
  readonly layers: LayersRead;
  readonly held: readonly Held[];
  readonly inactive: AutoscalerSight | undefined;
  readonly startedAt: number;
  readonly stoppedMs: number;
  readonly endedAt: number;
}

export function resultOf(watched: Watched): ClaimResult {
  const { claim, declared, stream, books, held, layers } = watched;
  const weighed = weighAll(watched);
  const splits = held.filter(({ weight }) => weight > 0).map((one) => splitAt(one, watched));
  const ledger = ledgerOf(watched);
  const lost = lostIn(ledger);
  const problems = [
    ...inactiveProblems(watched),
    ...weighed.flatMap((one) => one.problems),
    ...lostProblems(lost, stream.length),
    ...idleProblems(watched),
  ];
  const isReached = !problems.some((problem) => problem.outcome === 'invalid');
  const evidence = isReached ? books.outcome : 'invalid';
  const judged = [...problems, ...splits].map((one) => one.outcome);
  const track = trackOf(STABLE_VERSION);
  const title = `Latency while ${claim.rollout.name} was held at ${claim.weights.join(', ')} %`;
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome: onEvidence(combineOutcomes(['passed', ...judged]), evidence) },
      sentence: sentenceOf({ claim, declared, requests: stream.length, weighed, problems, splits }),
      details: [
        { label: 'objective', value: claim.objective.text },
        { label: 'autoscaler', value: `${declared.least} to ${declared.most} replicas` },
        ...weighed.flatMap((one) => detailsOf(one, declared)),
        layers.detail,
      ],
      durationMs: watched.endedAt - watched.startedAt,
    },
    splits,
    errorLedgers: [ledger],
    books: [books],
    heatMaps: [heatMapOf(title, stream, track, claim.objective.limitMs)],
    percentiles: [percentilesOf(title, stream, track)],
    findings: findingsOf(watched, evidence, problems, splits),
  };
}

function weighAll({ claim, live, declared, book, held }: Watched): readonly Weighed[] {
  const { steps } = readRollout(live);
  const { minPodsPerReplicaSet } = (live.spec as { strategy: { canary: { minPodsPerReplicaSet?: number } } }).strategy
    .canary;
  const [first] = held;
  return held.map((one) =>
    weigh({
      ...{ claim, declared, held: one, received: book.within(one.judged), stableVersion: STABLE_VERSION },
      ...{ scale: scaleAt(steps, one.weight), leastPods: minPodsPerReplicaSet },
      replicasBefore: one !== first && first?.isStill ? first.replicas : undefined,
    }),
  );
}

function splitAt({ weight, judged }: Held, { claim, stage, stream, books }: Watched): SplitReport {
  return judgeShares(stream, {
    ...{ id: `${stage.namespace}-${weight}`, claimId: claim.id, title: `held at ${weight} %`, path: 'ingress' },
    arms: [
      { name: STABLE_VERSION, share: 1 - weight / 100 },
      { name: CANARY_VERSION, share: weight / 100 },
    ],
    ...{ assurance: 'smoke', ratePerSecond: claim.ratePerSecond, ...judged, books },
  });
}

function ledgerOf({ claim, stage, stream, gatewayErrors, held, stoppedMs }: Watched) {
  return errorLedger(stream, gatewayErrors, {
    title: `Errors while ${claim.rollout.name} was held (${claim.id})`,
    stretches: held.map(({ weight, beganMs, judged }) => ({
      ...{ phase: weight === 0 ? 'before the canary' : `canary at ${weight} %` },
      ...{ fromMs: beganMs, toMs: judged.toMs },
    })),
    canaryCluster: canaryClusterOf(stage.rollout),
    stableVersion: STABLE_VERSION,
    stoppedMs,
  });
}

function inactiveProblems({ inactive }: Watched): Problem[] {
  if (!inactive) return [];
  return [
    {
      ...{ code: 'AUTOSCALER_INACTIVE', outcome: 'failed' },
      sentence: `the autoscaler does not scale, because of its own manifests (${inactive.reason}: ${inactive.message})`,
      hint: 'Utilisation is a part of the request: every container, sidecars too, needs a request for that resource.',
    },
  ];
}

function lostProblems(lost: number, sent: number): Problem[] {
  if (lost === 0) return [];
  return [
    {
      ...{ code: 'REQUESTS_LOST', outcome: 'failed' },
      sentence: `${lost} of ${sent} requests were lost while pods came and went`,
      hint: 'UH and UF point at endpoints that were gone, UC at connections closed under a request, NC and NR at routes.',
    },
  ];
}

/** An autoscaler that had nothing to do has shown nothing. */
function idleProblems({ claim, declared, held }: Watched): Problem[] {
  if (held.length === 0 || held.some(({ most }) => most.replicas > declared.least)) return [];
  return [
    {
      ...{ code: 'AUTOSCALER_IDLE', outcome: 'inconclusive' },
      sentence: `${claim.ratePerSecond} requests/s need no more than the minimum of ${declared.least} replicas, so the autoscaler had nothing to do`,
      hint: 'Raise ratePerSecond: the claim is about a peak for which pods are added.',
    },
  ];
}

function findingsOf(
  { claim, layers }: Watched,
  evidence: Outcome,
  problems: readonly Problem[],
  splits: readonly SplitReport[],
): readonly FindingReport[] {
  const where = `Rollout ${claim.rollout.namespace}/${claim.rollout.name}`;
  // on bad evidence nothing is said of the subject
  const isBad = evidence === 'invalid';
  const own = problems
    .filter(({ outcome }) => !isBad || outcome === 'invalid')
    .map(
      ({ code, outcome, sentence, hint }): FindingReport => ({
        ...{ code, sentence: `${sentence}.`, where, hint },
        layer: outcome === 'invalid' ? 'instrument' : 'observed',
        severity: outcome === 'failed' ? 'error' : 'warning',
      }),
    );
  const parted = splits
    .filter(({ outcome }) => outcome === 'failed')
    .map(
      ({ title, sentence }): FindingReport => ({
        ...{ code: 'SPLIT_NOT_HELD', layer: 'observed', severity: 'error', where },
        sentence: `Clients, ${title}: ${sentence}`,
        hint: 'Compare the weight of the step, the VirtualService, and what each proxy acknowledged.',
      }),
    );
  // a wrong share has a layer that parts first; how pods are loaded has its own names, and is said beside it
  return [...(parted.length > 0 ? layers.once(parted) : []), ...own];
}
