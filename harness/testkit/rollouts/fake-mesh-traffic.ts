/**
 * A load generator and the mesh that answers it: which version answers follows the weights of the VirtualService and the
 * hashes of the Rollout at that moment, and what a pod does with a request follows its template or what it was told.
 */

import type { KubeObject } from '../../../k8s/client/object.ts';
import { formatHops } from '../../../k8s/workload/hops.ts';
import type { LoadRequest, LoadResult, LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { canaryWeight, readCanary, rolloutStatus } from '../../rollouts/rollout-object.ts';
import { drawnShare } from '../fakes/scripted-load.ts';
import type { FakeMetrics } from './fake-metrics.ts';
import { podsOfHash, templateOfHash, versionOfHash } from './fake-rollout-pods.ts';
import type { RolloutsCluster } from './fake-rollouts-cluster.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a client got, and from whom; `version` null: from a proxy, or from nobody. */
export interface Answer {
  readonly status: number;
  readonly version: string | null;
  /** Default: one that is named after the version. */
  readonly pod?: string | undefined;
  /** Default: 4. */
  readonly latencyMs?: number;
}
export interface TrafficFaults {
  /** Changes what one request gets. */
  answers?: (answer: Answer, request: { readonly startMs: number; readonly sequence: number }) => Answer;
  /** What the sidecar beside in-mesh clients routes to the canary, in per cent, when the VirtualService says `weight`. */
  sidecar?: (weight: number) => number;
  /** The generator ends by itself so long after its start. */
  endsAfterMs?: number;
}

export interface FakeTraffic extends LoadRunner {
  /** Loads that run. */
  readonly running: number;
  /** Faults of running pods by namespace/hash: what `/-/behaviour` of the stand-in was told. */
  readonly behaviours: Map<string, Behaviour>;
}
export interface Behaviour {
  /** `hits/per` or a number. */
  readonly errorShare?: string | number;
}

const LATENCY_MS = 4;

export function createFakeTraffic(
  time: VirtualTime,
  cluster: RolloutsCluster,
  metrics: FakeMetrics,
  faults: TrafficFaults,
): FakeTraffic {
  const behaviours = new Map<string, Behaviour>();
  const served = new Map<string, number>();
  let running = 0;

  /** What requests to one track of a Rollout get, as long as nothing of it changes. */
  function trackOf(rollout: KubeObject, toCanary: boolean): () => Answer {
    const { stableHash = '', currentHash = '' } = rolloutStatus(rollout);
    const hash = toCanary ? currentHash : stableHash;
    const { namespace = '' } = rollout.metadata;
    const { canaryService, stableService } = readCanary(rollout);
    const service = `${toCanary ? canaryService : stableService}.${namespace}.svc.cluster.local`;
    const { app = '', version: label = '' } = templateOfHash(cluster, rollout, hash)?.metadata?.labels ?? {};
    const errorShare = behaviours.get(`${namespace}/${hash}`)?.errorShare ?? shareOf(cluster, rollout, hash);
    const version = versionOfHash(cluster, rollout, hash);
    const countOf = (status: number) =>
      metrics.counter({ namespace, app, version: label, service, status, latencyMs: LATENCY_MS });
    const [good, bad] = [countOf(200), countOf(500)];
    const pods = podsOfHash(cluster, namespace, hash);
    return () => {
      const ordinal = (served.get(namespace + hash) ?? 0) + 1;
      served.set(namespace + hash, ordinal);
      const errs = isHit(ordinal, errorShare);
      (errs ? bad : good)();
      const pod = pods[ordinal % Math.max(pods.length, 1)]?.metadata.name;
      return { status: errs ? 500 : 200, version, pod };
    };
  }

  return {
    behaviours,
    get running() {
      return running;
    },
    run(request, argvPrefix, onSample, signal) {
      const startMs = time.nowMs;
      const seed = (running + 1) * 1_000_003;
      let sequence = 0;
      running += 1;
      /** Answered later than now. */
      let waiting: RequestSample[] = [];
      const answerUntil = (nowMs: number) => {
        const answered = waiting.filter(({ endMs }) => endMs <= nowMs);
        waiting = waiting.filter(({ endMs }) => endMs > nowMs);
        for (const sample of answered) onSample(sample);
      };
      return new Promise<LoadResult>((resolve) => {
        const end = (stoppedEarly: boolean) => {
          stopTicking();
          signal.removeEventListener('abort', stop);
          running -= 1;
          // stopped, it cuts off what is in flight; else it waits for the last answers
          if (stoppedEarly) for (const sample of waiting) onSample(cutOff(sample, time.nowMs));
          else answerUntil(Number.POSITIVE_INFINITY);
          const interrupted = stoppedEarly ? waiting.length : 0;
          resolve({ ...booksOf(request, sequence, time.nowMs - startMs, stoppedEarly), interrupted });
        };
        const stop = () => end(true);
        const due = () => startMs + Math.round((sequence * 1000) / request.ratePerSecond);
        const sendUntil = (nowMs: number) => {
          const { rollout, weight: written } = routeOf(cluster, request, argvPrefix);
          const weight = request.headers.Host === undefined ? (faults.sidecar?.(written) ?? written) : written;
          const [stable, canary] = [trackOf(rollout, false), trackOf(rollout, true)];
          for (let atMs = due(); atMs <= nowMs && !signal.aborted; atMs = due()) {
            const answer = drawnShare(sequence + seed) < weight / 100 ? canary() : stable();
            const got = faults.answers?.(answer, { startMs: atMs, sequence }) ?? answer;
            waiting.push(sampleOf(sequence, atMs, rollout.metadata.name, got));
            sequence += 1;
          }
          if (!signal.aborted) answerUntil(nowMs + LATENCY_MS);
        };
        const stopTicking = time.onTick((nowMs) => {
          sendUntil(nowMs - LATENCY_MS);
          const lastsMs = Math.min(request.maxDurationMs, faults.endsAfterMs ?? Number.POSITIVE_INFINITY);
          if (nowMs - startMs >= lastsMs && !signal.aborted) end(false);
        });
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        // the first answer comes before anybody waits for time
        sendUntil(startMs);
        answerUntil(Number.POSITIVE_INFINITY);
      });
    },
  };
}

/** The Rollout behind the host that is asked, and the weight of its canary in per cent. */
function routeOf(cluster: RolloutsCluster, { url, headers }: LoadRequest, [, placed]: readonly string[]) {
  const host = headers.Host ?? new URL(url).hostname;
  for (const route of cluster.all('virtualservices')) {
    const { namespace } = route.metadata;
    const { hosts = [] } = route.spec as { hosts?: readonly string[] };
    if (!hosts.includes(host) || (headers.Host === undefined && namespace !== placed)) continue;
    const rollout = cluster.all('rollouts').find((one) => one.metadata.namespace === namespace);
    if (rollout) return { rollout, weight: canaryWeight(route, readCanary(rollout)) ?? 0 };
  }
  throw new TypeError(`nobody serves ${host}`);
}

function shareOf(cluster: RolloutsCluster, rollout: KubeObject, hash: string): string | number {
  const env = templateOfHash(cluster, rollout, hash)?.spec.containers[0]?.env ?? [];
  const text = env.find(({ name }) => name === 'BEHAVIOUR')?.value;
  return text === undefined ? 0 : ((JSON.parse(text) as Behaviour).errorShare ?? 0);
}

/** As the stand-in injects: error k iff floor(k e) > floor((k-1) e). */
function isHit(ordinal: number, share: string | number): boolean {
  const [hits = 0, per = 1] = String(share).split('/').map(Number);
  return Math.floor((ordinal * hits) / per) > Math.floor(((ordinal - 1) * hits) / per);
}

function sampleOf(
  sequence: number,
  startMs: number,
  service: string,
  { status, version, pod = `${version}-x`, latencyMs = LATENCY_MS }: Answer,
): RequestSample {
  const identity = version === null ? '' : formatHops([{ service, version, pod }]);
  const errorCode = status === 0 ? 1211 : 0;
  return { sequence, startMs, endMs: startMs + latencyMs, status, errorCode, vu: 1 + (sequence % 20), identity };
}

const cutOff = (sample: RequestSample, endMs: number): RequestSample => ({
  ...sample,
  ...{ endMs, status: 0, errorCode: 1050, identity: '' },
});

function booksOf(request: LoadRequest, sent: number, wallMs: number, stoppedEarly: boolean): LoadResult {
  return {
    ...{ sent, received: sent, droppedIterations: 0, interrupted: 0, vusMax: 5, stoppedEarly, wallMs },
    vusAllocated: request.preAllocatedVus,
    generatorCpuSeconds: wallMs / 10_000,
    optionsJson: '{"scenarios":{}}',
  };
}
