/** From the run's record to the ledger of one split claim: what each layer held while the claim was judged. */
import type { LedgerReport } from '../../reports/model/ledger-report.ts';
import type { FindingReport } from '../../reports/model/run-report.ts';
import type { ClaimBase, SplitClaim, TrafficPath } from '../documents/references.ts';
import { type ProxyWeights, WHOLE_HOST } from '../evidence/proxy-routes.ts';
import type { GitStep, LedgerEvidence, ProxyTrack } from '../ledger/evidence.ts';
import { createLabelStream, type LabelStream } from '../ledger/label-stream.ts';
import { describeHeld, type Held } from '../ledger/layer-steps.ts';
import { reconcile } from '../ledger/reconcile.ts';
import { readDeclaredSplit, weightsOf } from '../lint/routes/declared-split.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import type { SeenCounters } from './layer-record.ts';
import type { Scene } from './scene.ts';
import { splitHost } from './split-claim.ts';

export interface FollowedArm {
  /** Version that the receivers name themselves with, and the subset that stands for it. */
  readonly name: string;
  readonly subset: string;
}

/** The label streams of a claim's paths, filled in start order while load runs. */
export interface PathStreams {
  readonly streams: ReadonlyMap<TrafficPath['kind'], LabelStream>;
  /** For `SplitPhase.onInOrder`. */
  recorder(path: TrafficPath['kind']): (sample: Pick<RequestSample, 'startMs'>, arm: string | null) => void;
}

export function createPathStreams(arm: string): PathStreams {
  const streams = new Map<TrafficPath['kind'], LabelStream>();
  return {
    streams,
    recorder(path) {
      const stream = streams.get(path) ?? createLabelStream();
      streams.set(path, stream);
      return (sample, answered) => {
        // an answer that nobody signed is in the books; it says nothing about the split
        if (answered !== null) stream.add(sample.startMs, answered === arm);
      };
    },
  };
}

export interface ClaimLedger {
  readonly ledger: LedgerReport;
  readonly findings: readonly FindingReport[];
}

/** @param fromMs when the claim began; the ledger ends now, or with the last request */
export function claimLedger(
  scene: Scene,
  claim: SplitClaim,
  { id, title }: ClaimBase,
  arm: FollowedArm,
  streams: PathStreams,
  fromMs: number,
): ClaimLedger {
  const views = [...streams.streams].map(([path, stream]) => ({ path, labels: stream.view() }));
  const lastRequestMs = views.map(({ labels }) => (labels.length > 0 ? labels.startMs(labels.length - 1) : 0));
  const { recorder, application, profile } = scene;
  const { layers } = recorder;
  const { name, namespace } = claim.virtualService;
  const toMs = Math.max(scene.now(), ...lastRequestMs);
  const evidence: LedgerEvidence = {
    ...{ title, application, virtualService: { name, namespace }, service: claim.service },
    ...{ arm: arm.name, subset: arm.subset, fromMs, toMs },
    git: gitSteps(scene, claim),
    applied: layers.applications(application.namespace, application.name),
    api: recorder.history(namespace, name).map((step) => ({ ...step, held: step.deleted ? undefined : step.weights })),
    proxies: proxyTracks(scene, splitHost(claim), fromMs, toMs),
    refused: layers.refused,
    streams: views,
    allowed: {
      gitToApiMs: profile.budgets.commitObservedMs,
      driftHealedMs: profile.budgets.driftHealedMs,
      apiToXdsMs: profile.budgets.routesAppliedMs,
    },
  };
  const { ledger, findings } = reconcile(evidence);
  return { ledger: { ...ledger, claimId: id }, findings };
}

function gitSteps(scene: Scene, claim: SplitClaim): readonly GitStep[] {
  const { name, namespace } = claim.virtualService;
  return scene.source.history.map(({ commit, manifests }) => {
    const split = readDeclaredSplit(manifests, { virtualService: { name, namespace }, namespace });
    return {
      atMs: commit.pushedAt,
      commit: commit.sha,
      held: weightsOf(split),
      where: `${split.file}:${split.line}`,
      inMesh: split.gateways.includes('mesh'),
    };
  });
}

/** A host that is routed as a whole is no split. */
function heldOf(weights: ProxyWeights | undefined): Held {
  return weights === undefined || WHOLE_HOST in weights ? undefined : weights;
}

function proxyTracks(scene: Scene, host: string, fromMs: number, toMs: number): readonly ProxyTrack[] {
  const { layers } = scene.recorder;
  const counters = layers.countersOf(host);
  return [...layers.routesOf(host)].map(([proxy, seen]) => ({
    proxy,
    isSource: requestsBetween(counters.get(proxy) ?? [], fromMs, toMs) > LEAST_SOURCE_REQUESTS,
    isGateway: layers.isGateway(proxy),
    steps: seen.map(({ weights, ...step }) => ({ ...step, held: heldOf(weights) })),
  }));
}

/** Fewer are somebody's probe. */
const LEAST_SOURCE_REQUESTS = 20;
/** Counters are read once a second. */
const READ_SLACK_MS = 1_500;

/** A cluster that the proxy made anew counts from 0, and no longer says what it counted before. */
function requestsBetween(seen: readonly SeenCounters[], fromMs: number, toMs: number): number {
  return seen.slice(1).reduce((sum, { atMs, counts }, index) => {
    if (atMs <= fromMs || atMs > toMs + READ_SLACK_MS) return sum;
    const before = seen[index]?.counts ?? {};
    const grown = Object.entries(counts).map(
      ([key, count]) => count - (count >= (before[key] ?? 0) ? (before[key] ?? 0) : 0),
    );
    return grown.reduce((total, one) => total + one, sum);
  }, 0);
}

/** For a path that failed while every layer above agrees: the other arms, or something that the ledger does not hold. */
export function unexplained(claim: SplitClaim, held: Held, paths: readonly string[]): FindingReport {
  const where = `VirtualService ${claim.virtualService.namespace}/${claim.virtualService.name}`;
  return {
    code: 'OBSERVED_SHARE_DIFFERS',
    layer: 'observed',
    severity: 'error',
    sentence: `Git and ${where} agree on ${describeHeld(held)}, but clients got something else on ${paths.join(' and ')}.`,
    where,
    hint: 'Compare the proxies: an EnvoyFilter, another VirtualService for the host, or labels of the subsets.',
    object: where,
  };
}
