/** The profile's own repository on a cluster in memory, with an Unleash, its clients and their users on one clock. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { bucketOf } from '../../../k8s/workload/flags/evaluate-flag.ts';
import { type FlagState, flagHop, formatHops } from '../../../k8s/workload/hops.ts';
import type { LoadRunner } from '../../ports/load.ts';
import { collectRepository } from '../../profile/collect-repository.ts';
import type { Scene } from '../../scene/scene.ts';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  type FakeScene,
} from '../../testkit/fakes/fake-scene.ts';
import { packagedProfile } from '../../testkit/fakes/packaged-profiles.ts';
import { drawnVersion, scriptedLoad } from '../../testkit/fakes/scripted-load.ts';
import type { FlagStrategy } from './declared-flag.ts';
import type { FeatureFlagsClaim } from './feature-flags-claim.ts';
import type { FlagServer } from './flag-server.ts';

export const PROFILE = 'zero-downtime-flags';
export const PODS = { apiVersion: 'v1', resource: 'pods', namespace: PROFILE } as const;
export const CONFIG_MAPS = { apiVersion: 'v1', resource: 'configmaps', namespace: PROFILE } as const;
const SERVICE = 'zero-downtime-app';
const FLAG = 'new-checkout';
/** Between two readings of the flags. */
const REFRESH_MS = 800;

/** One request, as a pod sees it. */
export interface SeenRequest {
  readonly sequence: number;
  readonly user: string;
  readonly version: string;
  /** What the pod was told last: whether the flag is on, and for which percentage. */
  readonly isOn: boolean;
  readonly percentage: number;
  readonly isAway: boolean;
  /** As the standard has it, by what the pod was told last. */
  readonly byTheBook: 'on' | 'off';
}

export interface FlagWorld {
  readonly scene: FakeScene;
  readonly claim: FeatureFlagsClaim;
  readonly server: FlagServer;
  /** What was asked of Unleash, in order. */
  readonly asked: readonly string[];
}

export interface WorldChange {
  /** Undefined: the answer does not speak of the flag; `lost`: it is an error, and in nobody's name. */
  readonly answers?: (request: SeenRequest) => FlagState | 'lost' | undefined;
  readonly server?: Partial<FlagServer>;
  readonly scene?: Partial<Scene>;
  /** Before every request. */
  readonly meanwhile?: (sequence: number, scene: FakeScene) => void;
  /** Of v2.0.0, by the mesh. */
  readonly meshShare?: number;
}

interface Told {
  readonly atMs: number;
  readonly isOn: boolean;
  readonly percentage: number;
}

export async function flagWorld(change: WorldChange = {}): Promise<FlagWorld> {
  const profile = await packagedProfile(PROFILE);
  const claim = profile.claims.find((one): one is FeatureFlagsClaim => one.kind === 'feature-flags');
  if (!claim) throw new TypeError('the profile claims something else');
  const told: Told[] = [];
  const asked: string[] = [];
  let isAway = false;
  const load: LoadRunner = { run: (...all) => clients(...all) };
  const scene = await createFakeScene({ profile, load, ...change.scene });
  const files = await collectRepository(profile, async () => {
    throw new TypeError('the profile brings all of its files');
  });
  await scene.source.commit(files, 'the profile');
  scene.client.put(APPLICATION_COLLECTION, application());
  for (const name of ['app-v1', 'app-v2']) scene.client.put(PODS, pod(name));
  scene.client.put(CONFIG_MAPS, deliveredFlag());

  const now = () => scene.clock.ms;
  const tell = (isOn: boolean, percentage: number) => told.push({ atMs: now() + REFRESH_MS, isOn, percentage });
  const server: FlagServer = {
    async set(_flag, strategies) {
      asked.push('set');
      const [strategy] = strategies;
      told.push({ atMs: now(), isOn: true, percentage: Number(strategy?.parameters.rollout) });
    },
    async toggle(_flag, on) {
      asked.push(on ? 'on' : 'off');
      const askedMs = now();
      tell(on, told.at(-1)?.percentage ?? 0);
      return { askedMs, doneMs: now() };
    },
    async leave() {
      asked.push('leave');
      isAway = true;
    },
    async comeBack() {
      asked.push('come back');
      isAway = false;
    },
    ...change.server,
  };

  const drawn = drawnVersion(change.meshShare ?? 0.2);
  const clients: LoadRunner['run'] = async (request, prefix, onSample, signal) => {
    const { prefix: name = '', count = 1 } = request.users ?? {};
    const startMs = now();
    for (let sequence = 0; !signal.aborted; sequence += 1) {
      if (sequence % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      change.meanwhile?.(sequence, scene);
      scene.clock.ms = startMs + sequence;
      const version = drawn(sequence) === 'v2' ? 'v2.0.0' : 'v1.0.0';
      const user = `${name}${sequence % count}`;
      const { isOn, percentage } = told.findLast(({ atMs }) => atMs <= now()) ?? { isOn: false, percentage: 0 };
      const byTheBook = isOn && bucketOf(FLAG, user) <= percentage ? 'on' : 'off';
      const seen = { sequence, user, version, isOn, percentage, isAway, byTheBook } as const;
      const state = change.answers ? change.answers(seen) : byTheBook;
      const hop = { service: SERVICE, version, pod: `${version}-x` };
      const sample = {
        ...{ sequence, startMs: now(), endMs: now() + 4, errorCode: 0, vu: sequence % 20 },
        ...(state === 'lost'
          ? { status: 503, identity: '' }
          : { status: 200, identity: formatHops(state === undefined ? [hop] : [hop, flagHop(FLAG, state)]) }),
      };
      if (onSample(sample) === 'stop') break;
    }
    const done = await scriptedLoad([]).run(request, prefix, () => 'continue', signal);
    const sent = now() - startMs + 1;
    return { ...done, sent, received: sent };
  };
  return { scene, claim, server, asked };
}

function pod(name: string): KubeObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: PROFILE, uid: `uid-of-${name}` } },
    status: { containerStatuses: [{ name: 'app', ready: true, restartCount: 0 }] },
  };
}

/** As the cluster has it. */
export function deliveredFlag(parameters: Readonly<Record<string, string>> = {}): KubeObject {
  const strategy: FlagStrategy & { featureName: string } = {
    ...{ name: 'flexibleRollout', featureName: FLAG, constraints: [] },
    parameters: { rollout: '30', stickiness: 'userId', groupId: FLAG, ...parameters },
  };
  return {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'feature-flags', namespace: PROFILE } },
    data: { 'new-checkout.json': JSON.stringify({ features: [{ name: FLAG }], featureStrategies: [strategy] }) },
  };
}
