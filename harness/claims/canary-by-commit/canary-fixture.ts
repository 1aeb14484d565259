/** An Argo CD in memory that deploys commits, and clients on both paths that get what it deployed while time passes. */
import { failedHop, formatHop } from '../../../k8s/workload/hops.ts';
import type { LoadResult, LoadRunner } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { createFakeReceivers, type FakeReceivers } from '../../testkit/fakes/fake-receivers.ts';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  type FakeScene,
  hopsOf,
  meshedPod,
  PODS,
  reviewsRoute,
} from '../../testkit/fakes/fake-scene.ts';
import { drawnShare, scriptedLoad } from '../../testkit/fakes/scripted-load.ts';
import type { CanaryByCommitClaim } from './declaration.ts';

const RATE = 200;

export interface Play {
  /** Argo CD does not deploy commits whose message holds it. */
  readonly asleep?: string;
  /** v3's percent that clients of a path get once that is declared, instead of it. */
  readonly shareAt?: Readonly<Record<number, number>>;
  readonly wrongPath?: 'ingress' | 'mesh';
  readonly answer?: (sample: RequestSample) => RequestSample;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly onCommit?: (message: string, scene: FakeScene) => void;
  readonly signal?: AbortSignal;
  readonly automated?: object | null;
  /** Of the canary after it was told to fail. */
  readonly deaf?: boolean;
  /** An abort reaches clients so much later than its sync. */
  readonly abortLagMs?: number;
}

export interface Prepared {
  readonly scene: FakeScene;
  readonly claim: CanaryByCommitClaim;
  readonly receivers: FakeReceivers;
  readonly running: () => number;
  readonly messages: () => readonly string[];
}

export async function prepared(play: Play = {}): Promise<Prepared> {
  const { shareAt = {}, answer = (sample) => sample, distort = (result) => result } = play;
  let declared = 10;
  let lagsUntilMs = 0;
  let shareBefore = 10;
  let running = 0;
  const emitters = new Set<(ms: number) => void>();
  const receivers = createFakeReceivers();
  const load: LoadRunner = {
    async run(request, prefix, onSample, signal) {
      running += 1;
      const isMesh = request.phase.endsWith('-mesh');
      const isWrong = play.wrongPath === undefined || play.wrongPath === (isMesh ? 'mesh' : 'ingress');
      const taken: RequestSample[] = [];
      const emit = (ms: number) => {
        const startsAt = scene.clock.ms;
        for (let n = 0; n < (ms * RATE) / 1000; n += 1) {
          const sequence = taken.length;
          const startMs = startsAt + (n * 1000) / RATE;
          const now = startMs < lagsUntilMs ? shareBefore : declared;
          const percent = isWrong ? (shareAt[now] ?? now) : now;
          const version = drawnShare(sequence + (isMesh ? 5_000_011 : 0)) < percent / 100 ? 'v3' : 'v1';
          const errorShare = play.deaf ? 0 : Number(receivers.behaviour.errorShare ?? 0);
          const isError = version === 'v3' && drawnShare(sequence + 77) < errorShare;
          // the page answers all the same when reviews do not
          const mark = isError && !isMesh ? `;${formatHop(failedHop('reviews'))}` : '';
          const sample = answer({
            ...{ sequence, startMs, endMs: startMs + 4, status: isError && isMesh ? 500 : 200, errorCode: 0 },
            ...{ vu: sequence % 20, identity: hopsOf(version) + mark },
          });
          taken.push(sample);
          onSample(sample);
        }
      };
      emitters.add(emit);
      emit(100);
      if (!signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      emitters.delete(emit);
      running -= 1;
      const counted = await scriptedLoad(taken).run(request, prefix, () => 'continue', new AbortController().signal);
      return distort({ ...counted, wallMs: (taken.length / RATE) * 1000, stoppedEarly: true });
    },
  };
  const scene: FakeScene = await createFakeScene({
    load,
    ratePerSecond: RATE,
    ...(play.signal ? { signal: play.signal } : {}),
    async pause(ms) {
      scene.signal.throwIfAborted();
      for (const emit of emitters) emit(ms);
      scene.clock.ms += ms;
      await new Promise((resolve) => setImmediate(resolve));
      scene.signal.throwIfAborted();
    },
  });
  scene.client.put(APPLICATION_COLLECTION, application({ automated: play.automated ?? {} }));
  if (play.automated === null) scene.client.put(APPLICATION_COLLECTION, application({ automated: null }));
  scene.client.put(PODS, meshedPod('page', { labels: { app: 'productpage' } }));
  scene.client.put(PODS, meshedPod('v3', { labels: { app: 'reviews', version: 'v3' } }));
  scene.client.put(
    { ...PODS, resource: 'services' },
    { metadata: { name: 'reviews' }, spec: { clusterIP: '10.96.0.7', selector: { app: 'reviews' } } },
  );
  const hold = () =>
    scene.recorder.virtualService(reviewsRoute({ 'reviews-v1': 100 - declared, 'reviews-v3': declared }));
  hold();
  scene.client.react = (write) => {
    if (!write.startsWith('commit ')) return;
    play.onCommit?.(write, scene);
    if (play.asleep !== undefined && write.includes(play.asleep)) return;
    const text = scene.source.repository.commits.at(-1)?.message ?? '';
    shareBefore = declared;
    // a revert names the commit that it takes back
    const [, percent] = /^(?:Move traffic|Abort): reviews-v3 (\d+)/.exec(text) ?? [];
    declared = text.startsWith('Revert') ? 20 : Number(percent ?? 10);
    hold();
    if (text.startsWith('Abort')) lagsUntilMs = scene.clock.ms + (play.abortLagMs ?? 0);
    scene.client.put(
      APPLICATION_COLLECTION,
      application({ revision: scene.source.repository.commits.at(-1)!.sha, automated: play.automated ?? {} }),
    );
  };
  const { split } = scene.claim('traffic-by-commit');
  const claim: CanaryByCommitClaim = {
    ...{ id: 'shop/canary', title: 'up, back and away', kind: 'canary-by-commit', split, values: undefined },
    ...{ stable: 'reviews-v1', canary: 'reviews-v3', steps: [20, 40] },
    abort: { errorShare: 0.5, objective: 0.01, withinMs: 20_000 },
  };
  return {
    scene,
    claim,
    receivers,
    running: () => running,
    messages: () => scene.source.history.map(({ commit }) => commit.message).slice(1),
  };
}
