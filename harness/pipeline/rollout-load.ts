/** Load that runs across a whole rollout: every request is kept and booked, nothing is judged while it runs. */
import { delayReader } from '../../k8s/workload/hops.ts';
import type { BooksReport } from '../../reports/model/run-report.ts';
import type { RequestSample } from '../verdict/request-sample.ts';
import { createStartOrderer } from '../verdict/start-order.ts';
import { createPhaseRecorder } from './phase-recorder.ts';
import { booksOf } from './phase-report.ts';
import type { LoadResult } from './ports.ts';
import { createRolloutStream, type RolloutStream } from './rollout-stream.ts';
import type { Scene } from './scene.ts';
import type { ShareSeries } from './share-bins.ts';
import { type PlacedLoad, versionReader } from './traffic-path.ts';

/** An answer later than this after its time-out will not come. */
const LOST_AFTER_TIMEOUT_MS = 5_000;

/**
 * A rollout starts and stops pods, and answers stall meanwhile; a dropped request would void the whole rollout. By Little's
 * law (requests in flight are rate times time in the system) the placed load has virtual users for answers of one second;
 * these outlast a machine that stands still for five seconds while every answer takes one. An idle one is cheap: 600 more
 * of them made k6 65 MB larger.
 */
const VUS_FOR_STALLS = 6;

export interface RolloutLoadRequest {
  readonly id: string;
  readonly title: string;
  readonly placed: PlacedLoad;
  /** Service in the chain of hops whose version says which track answered. */
  readonly service: string;
  /** Versions by name, stable first, for the books. */
  readonly versions: readonly string[];
}

export interface RolloutLoadResult {
  /** In start order. */
  readonly stream: RolloutStream;
  readonly books: BooksReport;
  readonly load: LoadResult;
  /** Share per second of one version. */
  series(path: ShareSeries['path'], version: string): ShareSeries;
}

export interface RunningLoad {
  /** Of what has come in so far, in the order of completion. */
  readonly stream: RolloutStream;
  /** Ends the load and waits for the last answers. */
  stop(): Promise<RolloutLoadResult>;
  /** Resolves when the load ended by itself, which it should not; rejects when it broke. */
  readonly ended: Promise<RolloutLoadResult>;
  /** Resolves with the first answer that names a version. */
  readonly answered: Promise<void>;
}

/** The load has started when this returns; errors surface where `stop` or `ended` is awaited. */
export function startRolloutLoad(request: RolloutLoadRequest, scene: Scene): RunningLoad {
  const { placed, id, title } = request;
  const stopping = new AbortController();
  const signal = AbortSignal.any([scene.signal, stopping.signal]);
  const versionOf = versionReader(request.service);
  const stream = createRolloutStream();
  const isDelayed = delayReader(request.service);
  const recorder = createPhaseRecorder(request.versions, versionOf);
  const orderer = createStartOrderer({ lostAfterMs: placed.request.requestTimeoutMs + LOST_AFTER_TIMEOUT_MS });
  const samples = scene.evidence.createSamples(`samples-${id}.jsonl.gz`);
  const answered = Promise.withResolvers<void>();
  // nobody has to wait for it
  answered.promise.catch(() => undefined);
  const onSample = (sample: RequestSample): 'continue' | 'stop' => {
    samples.write(sample);
    // in flight when the load was stopped, and ended by that
    if (sample.status === 0 && signal.aborted) {
      recorder.noteCutOff();
      return 'stop';
    }
    recorder.note(sample);
    orderer.push(sample);
    const version = sample.identity === '' ? null : versionOf(sample);
    stream.add(sample, version, isDelayed(sample.identity));
    if (version !== null) answered.resolve();
    return 'continue';
  };
  const run = async (): Promise<RolloutLoadResult> => {
    try {
      const load: LoadResult & { readonly evidence?: { readonly duplicates: number } } = await scene.load.run(
        { ...placed.request, preAllocatedVus: placed.request.preAllocatedVus * VUS_FOR_STALLS },
        placed.argvPrefix,
        onSample,
        signal,
      );
      orderer.flush();
      stream.sort();
      const books = booksOf({ id, title, load: placed.request, generatorCores: scene.cores }, load, recorder, {
        duplicates: orderer.duplicates + (load.evidence?.duplicates ?? 0),
        gaps: orderer.gaps,
        lostForCertain: orderer.lost,
        clockWentBackwards: orderer.malformed + orderer.clockSteps,
      });
      return { stream, books, load, series: (path, version) => recorder.bins.series(path, version) };
    } catch (error) {
      answered.reject(error);
      throw error;
    }
  };
  const ended = run();
  ended.catch(() => undefined);
  return {
    stream,
    ended,
    answered: answered.promise,
    async stop() {
      stopping.abort();
      return ended;
    },
  };
}
