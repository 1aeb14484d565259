/** Endpoints behind one Envoy in memory: what they are told, whom it ejects and takes back, and a load in its time. */

import { formatHops } from '../../../k8s/workload/hops.ts';
import type { LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import type { RunResult } from '../../process/run-program.ts';
import type { Scene } from '../../scene/scene.ts';
import { createFakeScene, fakeCluster, meshedPod, PODS } from '../../testkit/fakes/fake-scene.ts';
import { drawnShare, scriptedLoad } from '../../testkit/fakes/scripted-load.ts';
import type { OutlierEjectionClaim } from './declaration.ts';

export const CLAIM: OutlierEjectionClaim = {
  ...{ id: 'shop/outliers', title: 'five errors, ten seconds, one of three', kind: 'outlier-ejection' },
  receiver: { namespace: 'bookinfo', labels: { app: 'reviews' } },
  ...{ service: 'reviews', consecutiveErrors: 5, failWith: 500, maxEjectionPercent: 40 },
  ...{ intervalMs: 1_000, baseEjectionMs: 10_000 },
  path: { kind: 'ingress', host: 'shop.example.com', path: '/', ratePerSecond: 20 },
};

export interface Play {
  readonly endpoints?: number;
  /** Of the proxy, where they are not the claim's; 0 errors: never ejected. */
  readonly errors?: number;
  readonly intervalMs?: number;
  readonly baseMs?: number;
  readonly percent?: number;
  /** Between the error that causes an ejection and the ejection. */
  readonly takenOverMs?: number;
  /** Until a receiver has said what it got. */
  readonly slowToTellMs?: number;
  /** Errors are tried again at another endpoint. */
  readonly retries?: boolean;
  /** Endpoints that are never chosen. */
  readonly unused?: readonly number[];
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly change?: Partial<Scene>;
  /** From the first change of a behaviour on samples come in so much later. */
  readonly lateMs?: number;
  /** At the n-th change of a behaviour. */
  readonly onTold?: (times: number, mesh: OutlierMesh) => void;
}

interface Endpoint {
  readonly name: string;
  behaviour: { readonly errorShare?: number; readonly errorStatus?: number };
  requests: number;
  changedAtMs: number;
  inARow: number;
  outSinceMs: number | undefined;
  backoff: number;
}

export interface OutlierMesh {
  readonly scene: Scene & { readonly clock: { ms: number } };
  readonly endpoints: readonly Endpoint[];
  /** Loads that have not ended. */
  readonly running: number;
  run(argv: readonly string[]): Promise<RunResult>;
}

const ANSWER_MS = 4;
/** Envoy hands the first change of health on at once, and those within a second of it together. */
const MERGED_MS = 1_000;

export async function outlierMesh(play: Play = {}): Promise<OutlierMesh> {
  const { errors = 5, intervalMs = 1_000, baseMs = 10_000, percent = 40, takenOverMs = 0, unused = [] } = play;
  const endpoints = Array.from(
    { length: play.endpoints ?? 3 },
    (_, index): Endpoint => ({
      ...{ name: `reviews-${index}`, behaviour: {}, requests: 0, changedAtMs: 1 },
      ...{ inARow: 0, outSinceMs: undefined, backoff: 0 },
    }),
  );
  let told = 0;
  let running = 0;
  let sweptMs = 0;
  const ejections: { readonly endpoint: Endpoint; readonly atMs: number }[] = [];

  const isOut = ({ outSinceMs }: Endpoint) => outSinceMs !== undefined;
  /** What the workers know. */
  let known: ReadonlySet<Endpoint> = new Set();
  let handedMs = Number.NEGATIVE_INFINITY;
  let dueMs: number | undefined;
  const handOn = (atMs: number) => {
    known = new Set(endpoints.filter(isOut));
    handedMs = atMs;
    dueMs = undefined;
  };
  const changed = (atMs: number) => {
    if (atMs - handedMs >= MERGED_MS) handOn(atMs);
    else dueMs ??= handedMs + MERGED_MS;
  };
  const passTime = (toMs: number) => {
    for (const { endpoint, atMs } of ejections.splice(0, ejections.findLastIndex((one) => one.atMs <= toMs) + 1)) {
      const out = endpoints.filter(isOut).length;
      endpoint.inARow = 0;
      if (isOut(endpoint) || (100 * (out + 1)) / endpoints.length > percent) continue;
      endpoint.outSinceMs = atMs;
      endpoint.backoff += 1;
      changed(atMs);
    }
    while (sweptMs + intervalMs <= toMs) {
      sweptMs += intervalMs;
      for (const endpoint of endpoints) {
        if (endpoint.outSinceMs === undefined) endpoint.backoff = Math.max(0, endpoint.backoff - 1);
        else if (sweptMs - endpoint.outSinceMs >= baseMs * endpoint.backoff) {
          endpoint.outSinceMs = undefined;
          changed(sweptMs);
        }
      }
    }
    if (dueMs !== undefined && dueMs <= toMs) handOn(dueMs);
  };
  const serve = (endpoint: Endpoint, atMs: number): number => {
    endpoint.requests += 1;
    const { errorShare = 0, errorStatus = 500 } = endpoint.behaviour;
    endpoint.inARow = errorShare > 0 ? endpoint.inARow + 1 : 0;
    if (errors > 0 && endpoint.inARow === errors) ejections.push({ endpoint, atMs: atMs + ANSWER_MS + takenOverMs });
    return errorShare > 0 ? errorStatus : 200;
  };
  const answer = (sequence: number, startMs: number): RequestSample => {
    passTime(startMs);
    const healthy = endpoints.filter((endpoint, index) => !known.has(endpoint) && !unused.includes(index));
    const choose = (salt: number) => healthy[Math.floor(drawnShare(sequence * 7 + salt) * healthy.length)];
    let endpoint = choose(1);
    let status = endpoint === undefined ? 503 : serve(endpoint, startMs);
    for (let salt = 2; play.retries && status >= 500 && salt < 12; salt += 1) {
      endpoint = choose(salt);
      status = endpoint === undefined ? 503 : serve(endpoint, startMs);
    }
    const identity = endpoint && formatHops([{ service: 'reviews', version: 'v1', pod: endpoint.name }]);
    const times = { startMs, endMs: startMs + ANSWER_MS };
    return { sequence, ...times, status, errorCode: 0, vu: 1 + (sequence % 20), identity: identity ?? '' };
  };

  const scene = await createFakeScene({
    cluster: fakeCluster({
      loadAt: async (placement) => ({
        argvPrefix: placement.kind === 'mesh' ? ['enter', placement.pod] : [],
        ingressUrl: 'http://10.96.0.80',
      }),
    }),
    ...play.change,
    load: {
      async run(request, prefix, onSample, signal) {
        running += 1;
        const taken: RequestSample[] = [];
        const waiting: RequestSample[] = [];
        const hand = (heldMs: number) => {
          while (waiting.length > 0 && waiting[0]!.endMs + heldMs <= scene.clock.ms) onSample(waiting.shift()!);
        };
        const gapMs = 1_000 / request.ratePerSecond;
        let nextMs = scene.clock.ms;
        sweptMs = nextMs;
        while (!signal.aborted) {
          for (; nextMs + ANSWER_MS <= scene.clock.ms; nextMs += gapMs) {
            const sample = answer(taken.length, nextMs);
            taken.push(sample);
            waiting.push(sample);
          }
          hand(told > 0 ? (play.lateMs ?? 0) : 0);
          await new Promise((resolve) => setImmediate(resolve));
          // the first answer comes before anybody lets time pass
          if (taken.length === 0) scene.clock.ms += ANSWER_MS;
        }
        hand(Number.NEGATIVE_INFINITY);
        running -= 1;
        const counted = await scriptedLoad(taken).run(request, prefix, () => 'continue', new AbortController().signal);
        const result = { ...counted, wallMs: 1 + taken.length * gapMs, stoppedEarly: true };
        return play.distort?.(result) ?? result;
      },
    },
  });
  for (const { name } of endpoints) scene.client.put(PODS, meshedPod(name, { labels: { app: 'reviews' } }));
  const mesh: OutlierMesh = {
    ...{ scene, endpoints },
    get running() {
      return running;
    },
    async run(argv) {
      const endpoint = endpoints.find(({ name }) => name === argv[1]);
      const body = argv[argv.findIndex((word) => word.endsWith('/-/behaviour')) + 1] ?? '';
      if (endpoint === undefined) throw new TypeError(`nobody is asked by ${argv.join(' ')}`);
      if (body !== '') {
        told += 1;
        endpoint.behaviour = JSON.parse(body) as Endpoint['behaviour'];
        endpoint.requests = 0;
        play.onTold?.(told, mesh);
      }
      if (body === '' && play.slowToTellMs !== undefined)
        for (let waitedMs = 0; waitedMs < play.slowToTellMs; waitedMs += 100) await scene.pause(100);
      const { changedAtMs, requests } = endpoint;
      const stdout = `${JSON.stringify({ changedAtMs, requests, mostInFlight: 1 })}\n`;
      return { stdout, stderr: '', exitCode: 0, durationMs: 1 };
    },
  };
  return mesh;
}
