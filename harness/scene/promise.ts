/**
 * Whose promise is waited for. A wait that runs out says that somebody did not keep a promise, and who that is decides
 * between `failed` and `invalid`:
 *
 * - the **subject's**: what the claim is about. Weights, steps, sync, healing, pods that go, alerts, statuses.
 * - the **environment's**: what the claim needs to be judged at all. The API server, pods of ours, what we put up.
 *
 * No wait of a claim can leave it open: `SceneClient.waitFor` and `RolloutWatch.until` take a `Wait`, and a `Wait` is
 * made by one of the two functions of this file.
 */
import { ApiError } from '../../k8s/client/api-request.ts';
import type { ClusterClient, WaitOptions } from '../../k8s/client/cluster-client.ts';
import type { Collection, KubeObject } from '../../k8s/client/object.ts';
import { isPodReady } from '../../k8s/client/readiness.ts';
import type { BooksReport, FindingReport } from '../../reports/model/run-report.ts';
import { seconds } from '../documents/figures.ts';
import { EXIT, environmentError, HarnessError } from '../errors/harness-error.ts';
import { type EnvironmentHealth, unhealthyMs } from '../verdict/environment-health.ts';

interface Asked {
  /** As it reads in the error: "the weight to go back to 0". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface SubjectsWait extends Asked {
  /** Layer that parts from what was promised; default `api`. */
  readonly layer?: FindingReport['layer'];
  /**
   * Namespace of pods without which nobody could keep the promise, such as the canary's: where they are not ready when
   * the time is up, it is the environment that failed.
   */
  readonly needsPodsOf?: string;
}

/** Made by `subjectKeeps` or `environmentKeeps`, and by nothing else. */
export interface Wait extends WaitOptions {
  readonly whose: 'subject' | 'environment';
  readonly needsPodsOf: string | undefined;
  /** The error when the time is up. */
  readonly ranOut: (seen: SeenInstead) => HarnessError;
  readonly [MADE_HERE]: true;
}

const MADE_HERE = Symbol('made by subjectKeeps or environmentKeeps');

export interface SeenInstead {
  /** One clause: "its weight stayed 25 %". */
  readonly instead: string;
  readonly where: string;
}

/** What clients got while a promise was waited for. */
export interface SeenByTraffic {
  readonly sentence: string;
  readonly books: BooksReport;
}

/** The subject had its time and did not do it: the claim is `failed`, whatever else the judge wanted to look at. */
export class PromiseNotKept extends HarnessError {
  readonly what: string;
  readonly waitedMs: number;
  readonly instead: string;
  readonly layer: FindingReport['layer'];
  readonly needsPodsOf: string | undefined;
  readonly traffic: SeenByTraffic | undefined;
  /** The layer that parts first, where somebody went through them; that the promise was not kept follows from it. */
  readonly blamed: FindingReport | undefined;

  constructor(asked: SubjectsWait, { instead, where }: SeenInstead, traffic?: SeenByTraffic, blamed?: FindingReport) {
    super('PROMISE_NOT_KEPT', EXIT.failed, `${asked.what}: not within ${seconds(asked.timeoutMs)}; ${instead}`, {
      where,
      hint: 'Look at the object and its events, and at the log of the controller that should have written it.',
    });
    this.name = 'PromiseNotKept';
    this.what = asked.what;
    this.waitedMs = asked.timeoutMs;
    this.instead = instead;
    this.layer = asked.layer ?? 'api';
    this.needsPodsOf = asked.needsPodsOf;
    this.traffic = traffic;
    this.blamed = blamed;
  }

  seenBy(traffic: SeenByTraffic): PromiseNotKept {
    return this.#with(traffic, this.blamed);
  }

  blamedOn(finding: FindingReport): PromiseNotKept {
    return this.#with(this.traffic, finding);
  }

  #with(traffic: SeenByTraffic | undefined, blamed: FindingReport | undefined): PromiseNotKept {
    const { what, waitedMs: timeoutMs, layer, needsPodsOf, instead, where = '' } = this;
    const asked = { what, timeoutMs, layer, ...(needsPodsOf === undefined ? {} : { needsPodsOf }) };
    return new PromiseNotKept(asked, { instead, where }, traffic, blamed);
  }
}

export function subjectKeeps(asked: SubjectsWait): Wait {
  return {
    ...waitOf(asked),
    whose: 'subject',
    needsPodsOf: asked.needsPodsOf,
    ranOut: (seen) => new PromiseNotKept(asked, seen),
    ranOutAt: (object, where) => new PromiseNotKept(asked, { instead: stateOf(object), where }),
    [MADE_HERE]: true,
  };
}

export function environmentKeeps(asked: Asked): Wait {
  const ranOut = ({ instead, where }: SeenInstead) =>
    environmentError('WAIT_TIMEOUT', `${asked.what}: not within ${seconds(asked.timeoutMs)}`, {
      where,
      hint: `Seen instead: ${instead}.`,
    });
  return {
    ...waitOf(asked),
    whose: 'environment',
    needsPodsOf: undefined,
    ranOut,
    ranOutAt: (object, where) => ranOut({ instead: stateOf(object), where }),
    [MADE_HERE]: true,
  };
}

const waitOf = ({ what, timeoutMs, signal }: Asked) => ({ what, timeoutMs, ...(signal ? { signal } : {}) });

/** The cluster as a claim sees it: every wait says whose promise it is. */
export interface SceneClient extends Omit<ClusterClient, 'waitFor'> {
  /** @throws PromiseNotKept or HarnessError WAIT_TIMEOUT, as the wait says */
  waitFor(
    collection: Collection,
    name: string,
    met: (object: KubeObject | undefined) => boolean,
    wait: Wait,
  ): Promise<KubeObject | undefined>;
}

/** Whom to ask before a subject is blamed; the scene of a run is one. */
export interface Witnesses {
  readonly client: Pick<ClusterClient, 'list' | 'getText'>;
  readonly environment?: EnvironmentHealth;
  now(): number;
}

/**
 * True when the subject did it, false when it had its time and did not; what the environment did not keep is thrown, also
 * where only that kept the subject from it.
 */
export async function isKept(witnesses: Witnesses, wait: Promise<unknown>): Promise<boolean> {
  try {
    await wait;
    return true;
  } catch (error) {
    if (!(error instanceof PromiseNotKept)) throw error;
    const kept = await environmentsFault(error, witnesses);
    if (kept) throw kept;
    return false;
  }
}

/** What kept the subject from its promise, where that was the environment; undefined: nothing did. */
export async function environmentsFault(
  error: PromiseNotKept,
  { client, environment, now }: Witnesses,
): Promise<unknown> {
  const nowMs = now();
  return (
    hadNoTime(error, nowMs, environment) ??
    requireEnvironment(client, { needsPodsOf: error.needsPodsOf, cause: error }).then(
      () => undefined,
      (environments: unknown) => environments,
    )
  );
}

/**
 * Before a subject is blamed: whether it could have kept its promise.
 * @throws HarnessError (exit 3) API_SERVER_GONE, in which case nobody knows what the subject did; PODS_NOT_READY, naming
 *   the pods without which nothing could move
 */
export async function requireEnvironment(
  client: Pick<ClusterClient, 'list' | 'getText'>,
  { needsPodsOf: namespace, cause }: { readonly needsPodsOf: string | undefined; readonly cause?: unknown },
): Promise<void> {
  const gone = (error: unknown) => {
    // it answered, if only that this is none of our business
    if (error instanceof ApiError && error.status < 500) return [];
    throw environmentError('API_SERVER_GONE', 'the API server did not answer when the time was up', { cause: error });
  };
  const pods =
    namespace === undefined
      ? await client.getText('/readyz').then(() => [], gone)
      : await client.list({ apiVersion: 'v1', resource: 'pods', namespace }).catch(gone);
  const waiting = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && !isPodReady(pod));
  if (waiting.length === 0) return;
  throw environmentError(
    'PODS_NOT_READY',
    `pods without which nothing could move were not ready: ${waiting.map(({ metadata }) => metadata.name).join(', ')}`,
    { where: namespace ?? '', hint: 'Their events say what they wait for; `kubectl describe pod` shows more.', cause },
  );
}

/** Budgets are several times what a sound subject needs; with this part of one taken away nobody can tell. */
const LOST_TIME = 0.1;

/**
 * @param nowMs shortly after the wait ran out
 * @returns ENVIRONMENT_UNHEALTHY when the environment could not answer for so much of the wait that the subject did not
 *   have its time
 */
function hadNoTime(
  error: PromiseNotKept,
  nowMs: number,
  environment: EnvironmentHealth | undefined,
): HarnessError | undefined {
  const intervals = environment?.unhealthy() ?? [];
  const lostMs = unhealthyMs(nowMs - error.waitedMs, nowMs, intervals);
  if (lostMs <= LOST_TIME * error.waitedMs) return undefined;
  return environmentError(
    'ENVIRONMENT_UNHEALTHY',
    `${error.what}: not within ${seconds(error.waitedMs)}, during ${seconds(lostMs)} of which the environment could not answer (${intervals.at(-1)?.why})`,
    {
      hint: 'Run again on a quieter machine.',
      cause: error,
      ...(error.where === undefined ? {} : { where: error.where }),
    },
  );
}

/** What an object says of itself, in a clause. */
function stateOf(object: KubeObject | undefined): string {
  if (object === undefined) return 'it was not there';
  const status = (object.status ?? {}) as {
    phase?: unknown;
    message?: unknown;
    sync?: { status?: unknown; revision?: unknown };
    health?: { status?: unknown };
    replicas?: unknown;
    availableReplicas?: unknown;
  };
  const said = [
    ...(status.sync?.status === undefined
      ? []
      : [`${status.sync.status} at ${String(status.sync.revision).slice(0, 12)}`]),
    ...(status.health?.status === undefined ? [] : [`${status.health.status}`]),
    ...(status.phase === undefined ? [] : [`${status.phase}${status.message ? ` (${status.message})` : ''}`]),
    ...(status.replicas === undefined ? [] : [`${status.availableReplicas ?? 0} of ${status.replicas} pods available`]),
  ];
  return said.length > 0 ? `it was ${said.join(', ')}` : 'it was there as before';
}
