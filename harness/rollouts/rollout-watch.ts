/** Follows one Rollout, its AnalysisRuns and its VirtualService; keeps every change with its time of arrival. */
import type { ClusterClient } from '../../k8s/client/cluster-client.ts';
import type { KubeObject } from '../../k8s/client/object.ts';
import { seconds } from '../documents/figures.ts';
import { requireEnvironment } from '../scene/environments-fault.ts';
import type { Wait } from '../scene/promise.ts';
import { writerOf } from '../scene/timeline-recorder.ts';
import {
  ANALYSIS_RUNS,
  believedWeight,
  canaryWeight,
  type DeclaredRollout,
  ROLLOUTS,
  type RolloutStatus,
  rolloutStatus,
  VIRTUAL_SERVICES,
} from './rollout-object.ts';

export interface SeenStatus {
  readonly atMs: number;
  readonly status: RolloutStatus;
}
export interface SeenWeight {
  readonly atMs: number;
  /** Canary weight in per cent. */
  readonly weight: number;
  readonly resourceVersion: string;
  /** Owner of the routes. */
  readonly writer: string;
  /** By the API server's own record, which says whole seconds: not later than this. The watch may tell of it long after. */
  readonly writtenMs?: number;
}
export interface SeenBelief {
  readonly atMs: number;
  readonly weight: number;
  /** Of the status; undefined where nobody's set of fields holds it. */
  readonly writer?: string;
}
export interface SeenRun {
  readonly object: KubeObject;
  readonly firstMs: number;
  /** Every change of its phase. */
  readonly phases: readonly { readonly atMs: number; readonly phase: string }[];
  /** `metric/number of measurements` -> when it was first seen. */
  readonly measuredMs: ReadonlyMap<string, number>;
}

export interface RolloutWatch {
  readonly rollout: KubeObject | undefined;
  /** As it was seen last. */
  readonly virtualService: KubeObject | undefined;
  readonly statuses: readonly SeenStatus[];
  readonly weights: readonly SeenWeight[];
  /** What the controller believes that it wrote, in per cent: changes of `status.canary.weights`. */
  readonly beliefs: readonly SeenBelief[];
  /** By name, in the order in which they appeared. */
  readonly runs: ReadonlyMap<string, SeenRun>;
  /**
   * Resolves when the condition holds, looked at after every event.
   * @throws PromiseNotKept or HarnessError WAIT_TIMEOUT, as the wait says, with the last thing the controller said;
   *   PODS_NOT_READY where only pods kept the subject from it, API_SERVER_GONE where nobody can tell; the signal's reason, at once, when it aborts before or meanwhile
   */
  until(met: (watch: RolloutWatch) => boolean, wait: Wait): Promise<void>;
  /** Ends when the signal of `watchRollout` aborts. */
  readonly done: Promise<void>;
}

interface AnalysisRunStatus {
  readonly phase?: string;
  readonly metricResults?: readonly { readonly name: string; readonly measurements?: readonly unknown[] }[];
}

function analysisStatus(run: KubeObject): AnalysisRunStatus {
  return (run.status ?? {}) as AnalysisRunStatus;
}

/** Objects are stamped in whole seconds. */
const STAMP_MS = 1_000;

export function watchRollout(
  client: Pick<ClusterClient, 'watch' | 'list' | 'getText'>,
  declared: DeclaredRollout,
  now: () => number,
  signal: AbortSignal,
): RolloutWatch {
  const { name, namespace } = declared.ref;
  const statuses: SeenStatus[] = [];
  const weights: SeenWeight[] = [];
  const beliefs: SeenBelief[] = [];
  const runs = new Map<string, SeenRun>();
  const listeners = new Set<() => void>();
  let rollout: KubeObject | undefined;
  let virtualService: KubeObject | undefined;
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };

  const onRollout = (type: string, object: KubeObject) => {
    rollout = type === 'DELETED' ? undefined : object;
    const status = rolloutStatus(rollout);
    const believed = believedWeight(rollout);
    if (believed !== undefined && beliefs.at(-1)?.weight !== believed)
      beliefs.push({ atMs: now(), weight: believed, writer: writerOf(object, ['status', 'canary', 'weights']) });
    const before = statuses.at(-1)?.status;
    if (!before || JSON.stringify(before) !== JSON.stringify(status)) statuses.push({ atMs: now(), status });
    tell();
  };
  const onRoute = (type: string, object: KubeObject) => {
    virtualService = object;
    const weight = type === 'DELETED' ? undefined : canaryWeight(object, declared);
    if (weight !== undefined && weights.at(-1)?.weight !== weight) {
      const writer = writerOf(object, ['spec', 'http']);
      const writtenMs = writtenBy(object, writer);
      weights.push({
        ...{ atMs: now(), weight, resourceVersion: object.metadata.resourceVersion ?? '?', writer },
        ...(writtenMs === undefined ? {} : { writtenMs }),
      });
    }
    tell();
  };
  const onRun = (type: string, object: KubeObject) => {
    if (type === 'DELETED') return;
    // an Experiment may be called like the Rollout
    const isIts = object.metadata.ownerReferences?.some((one) => one.kind === 'Rollout' && one.name === name);
    if (!isIts) return;
    const atMs = now();
    const known = runs.get(object.metadata.name);
    const { phase = 'Pending', metricResults = [] } = analysisStatus(object);
    const measuredMs = new Map(known?.measuredMs);
    for (const result of metricResults)
      for (let i = 1; i <= (result.measurements ?? []).length; i += 1)
        if (!measuredMs.has(`${result.name}/${i}`)) measuredMs.set(`${result.name}/${i}`, atMs);
    const phases = known?.phases ?? [];
    runs.set(object.metadata.name, {
      object,
      firstMs: known?.firstMs ?? atMs,
      phases: phases.at(-1)?.phase === phase ? phases : [...phases, { atMs, phase }],
      measuredMs,
    });
    tell();
  };

  const done = Promise.all([
    client.watch({ ...ROLLOUTS, namespace }, onRollout, signal, `metadata.name=${name}`),
    client.watch({ ...VIRTUAL_SERVICES, namespace }, onRoute, signal, `metadata.name=${declared.virtualService}`),
    client.watch({ ...ANALYSIS_RUNS, namespace }, onRun, signal),
  ]).then(() => undefined);
  // awaited by whoever ends the watch; until then a failure must not end the process
  done.catch(() => undefined);

  const watch: RolloutWatch = {
    get rollout() {
      return rollout;
    },
    get virtualService() {
      return virtualService;
    },
    statuses,
    weights,
    beliefs,
    runs,
    done,
    until(met, wait) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (met(watch)) return Promise.resolve();
      return new Promise<void>((resolve, reject) => {
        const end = (finish: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          signal.removeEventListener('abort', stop);
          finish();
        };
        const look = () => {
          if (met(watch)) end(resolve);
        };
        const stop = () => end(() => reject(signal.reason));
        const late = () => end(() => void ranOut(watch, declared, wait, client, now).then(reject, reject));
        const timer = setTimeout(late, wait.timeoutMs);
        listeners.add(look);
        signal.addEventListener('abort', stop, { once: true });
        done.catch((error: unknown) => end(() => reject(error)));
      });
    },
  };
  return watch;
}

/** When this manager changed the spec last, rounded up; undefined where the object does not say. */
function writtenBy({ metadata }: KubeObject, writer: string): number | undefined {
  const times = (metadata.managedFields ?? [])
    .filter(({ manager, fieldsV1 }) => manager === writer && fieldsV1 !== undefined && 'f:spec' in fieldsV1)
    .flatMap(({ time }) => (time === undefined ? [] : [Date.parse(time)]));
  return times.length === 0 ? undefined : Math.max(...times) + STAMP_MS;
}

/** The error of the wait; rejects with what is the environment's where the subject could not have kept its promise. */
async function ranOut(
  watch: RolloutWatch,
  { ref }: DeclaredRollout,
  wait: Wait,
  client: Pick<ClusterClient, 'list' | 'getText'>,
  now: () => number,
): Promise<Error> {
  const where = `Rollout ${ref.namespace}/${ref.name}`;
  const error = wait.ranOut({ instead: whatItSays(watch, now()), where });
  if (wait.whose === 'subject') await requireEnvironment(client, { needsPodsOf: wait.needsPodsOf, cause: error });
  return error;
}

/** Belief and written weight, both: where they part, the reader sees it at once. */
function whatItSays({ rollout, weights }: RolloutWatch, nowMs: number): string {
  if (!rollout) return 'the Rollout was not there';
  const { phase, message, stepIndex } = rolloutStatus(rollout);
  const written = weights.at(-1);
  return [
    `the Rollout was ${phase}${message ? ` (${message})` : ''} at step ${stepIndex ?? 'none'}`,
    written
      ? `its VirtualService had said ${written.weight} % for ${seconds(nowMs - written.atMs)}`
      : 'its VirtualService said no weight',
  ].join(' and ');
}
