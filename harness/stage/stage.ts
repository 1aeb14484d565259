/** A running copy of the application for one trial: its own namespace, its own host at the ingress, its own watch. */
import { createHash } from 'node:crypto';
import { makeNamespace } from '../../k8s/client/make-namespace.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import type { NamedRef } from '../documents/references.ts';
import { environmentError } from '../errors/harness-error.ts';
import { statusOfHost } from '../evidence/ask-host.ts';
import {
  type DeclaredRollout,
  isRolloutSettled,
  ROLLOUTS,
  readCanary,
  readRollout,
  rolloutStatus,
} from '../rollouts/rollout-object.ts';
import { type RolloutWatch, watchRollout } from '../rollouts/rollout-watch.ts';
import { environmentKeeps } from '../scene/promise.ts';
import type { Scene } from '../scene/scene.ts';
import { type PlacedLoad, placeLoad } from '../traffic/traffic-path.ts';
import { withOwnTemplates } from './own-templates.ts';
import { released } from './released.ts';
import { secretsOf, sourceObjects } from './source-objects.ts';
import { type StagePlan, stageObjects } from './stage-objects.ts';
import { STAGE_LABEL } from './still-cluster.ts';

export interface StageRequest {
  /** The Rollout whose application is copied. */
  readonly source: NamedRef;
  /** Of the copy; a DNS label. */
  readonly namespace: string;
  readonly replicas: number;
  /** Whether releases that go to everybody at once will do; default: only such that take weights. */
  readonly allAtOnce?: boolean;
  /** Asked until the copy answers: a route may serve nothing else. Default: `/`. */
  readonly path?: string;
  /** Undefined: the declared ones. */
  readonly plan?: (declared: DeclaredRollout) => StagePlan;
  readonly template?: (template: KubeObject) => KubeObject;
  /** A last change of every object of the copy. */
  readonly change?: (object: KubeObject) => KubeObject;
}

export interface Stage {
  readonly namespace: string;
  readonly host: string;
  readonly rollout: DeclaredRollout;
  readonly watch: RolloutWatch;
  /** Objects as they were applied. */
  readonly objects: readonly KubeObject[];
  /** Every version that was released, in order; the stable one first. */
  versions(): readonly string[];
  /** Starts a new version; `behaviour` is in force from its first request on. */
  release(version: string, behaviour?: object): Promise<void>;
  placeLoad(id: string, urlPath: string, ratePerSecond: number, maxDurationMs: number): Promise<PlacedLoad>;
  [Symbol.asyncDispose](): Promise<void>;
}

const LONGEST_LABEL = 63;

/** A DNS label for a copy: names that are too long end with a hash, so that two of one beginning stay two. */
export function stageNamespace(name: string): string {
  if (name.length <= LONGEST_LABEL) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST_LABEL - 9).replace(/-+$/, '')}-${hash}`;
}

/** Of a copy, at the ingress. */
export const stageHost = (namespace: string): string => `${namespace}.stage.test`;

export const STABLE_VERSION = 'v1';
const NAMESPACES = { apiVersion: 'v1', resource: 'namespaces' } as const;

/** @throws HarnessError ROLLOUT_* (exit 2) of a Rollout that cannot be judged; STAGE_SILENT, WAIT_TIMEOUT (exit 3) */
export async function openStage(request: StageRequest, scene: Scene): Promise<Stage> {
  const { client, profile } = scene;
  const { namespace } = request;
  const host = stageHost(namespace);
  const sources = withOwnTemplates(await sourceObjects(scene, request.source.namespace));
  const source = sources.find(({ kind, metadata }) => kind === 'Rollout' && metadata.name === request.source.name);
  if (!source)
    throw environmentError('ROLLOUT_MISSING', `there is no Rollout ${request.source.name} to copy`, {
      where: `Rollout ${request.source.namespace}/${request.source.name}`,
    });
  const read = request.allAtOnce ? readCanary : readRollout;
  const declared = read(source);
  const objects = stageObjects(
    sources,
    declared,
    { fromNamespace: request.source.namespace, namespace, host },
    {
      replicas: request.replicas,
      plan: request.plan?.(declared),
      ...(request.template ? { template: request.template } : {}),
    },
  )
    .map((object) => (isThe(object, source) ? released(object, STABLE_VERSION, undefined) : object))
    .map((object) => request.change?.(object) ?? object);
  const over = new AbortController();
  const signal = AbortSignal.any([scene.signal, over.signal]);
  const ref = { name: source.metadata.name, namespace };
  const rollout = { ...read(objects.find((object) => isThe(object, source)) ?? source), ref };
  const versions = [STABLE_VERSION];
  const labels = { 'istio-injection': 'enabled', [STAGE_LABEL]: profile.name };
  await makeNamespace(client, namespace, { labels, signal });
  const stage: Stage = {
    namespace,
    host,
    rollout,
    objects,
    watch: watchRollout(client, rollout, scene.now, signal),
    versions: () => versions,
    async release(version, behaviour) {
      versions.push(version);
      const live = await client.get({ ...ROLLOUTS, namespace }, ref.name);
      if (!live) throw environmentError('ROLLOUT_MISSING', `Rollout ${namespace}/${ref.name} is gone`);
      const { template } = released(live, version, behaviour).spec as { template: object };
      await client.patch({ ...ROLLOUTS, namespace }, ref.name, 'merge', { spec: { template } });
    },
    placeLoad: (id, urlPath, ratePerSecond, maxDurationMs) =>
      placeLoad(
        // margins are derived for the rate that the claim declares
        { ...scene, ratePerSecond: undefined },
        id,
        { kind: 'ingress', host, path: urlPath, ratePerSecond },
        maxDurationMs,
      ),
    async [Symbol.asyncDispose]() {
      over.abort();
      await stage.watch.done.catch(() => undefined);
      await client.delete(NAMESPACES, namespace);
    },
  };
  try {
    await client.apply([...(await secretsOf(objects, request.source.namespace, scene, namespace)), ...objects]);
    await stage.watch.until(
      ({ rollout: object }) => isRolloutSettled(object) && rolloutStatus(object).stableHash !== undefined,
      environmentKeeps({
        what: `the copy in ${namespace} to be rolled out`,
        timeoutMs: profile.budgets.podsReadyMs,
      }),
    );
    await stageAnswers(scene, host, request.path ?? '/');
    return stage;
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

const isThe = (object: KubeObject, source: KubeObject) =>
  object.kind === 'Rollout' && object.metadata.name === source.metadata.name;

const AGAIN_MS = 200;

/** @throws HarnessError STAGE_SILENT */
async function stageAnswers(scene: Scene, host: string, path: string): Promise<void> {
  const base = scene.cluster.ingressUrl;
  if (base === undefined) return;
  const deadline = scene.now() + scene.profile.budgets.ingressAnswersMs;
  for (;;) {
    scene.signal.throwIfAborted();
    const status = await statusOfHost(base, host, path, undefined, scene.signal);
    scene.signal.throwIfAborted();
    if (status === 200) return;
    if (scene.now() > deadline)
      throw environmentError(
        'STAGE_SILENT',
        `${host}${path} did not answer 200 in time, but ${status || 'not at all'}`,
        {
          where: host,
          hint: 'Look at the Gateway and the VirtualService of that namespace.',
        },
      );
    await scene.pause(AGAIN_MS);
  }
}

export const CANARY_VERSION = 'v2';
