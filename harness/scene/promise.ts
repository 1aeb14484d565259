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
import type { ClusterClient, WaitOptions } from '../../k8s/client/cluster-client.ts';
import type { Collection, KubeObject } from '../../k8s/client/object.ts';
import type { BooksReport, FindingReport } from '../../reports/model/run-report.ts';
import { seconds } from '../documents/figures.ts';
import { EXIT, environmentError, HarnessError } from '../errors/harness-error.ts';

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
