/** Load that runs across a whole rollout: every request is kept and booked, nothing is judged while it runs. */

import { delayReader } from '../../k8s/workload/hops.ts';
import type { BooksReport } from '../../reports/model/run-report.ts';
import { seconds } from '../documents/figures.ts';
import { environmentError } from '../errors/harness-error.ts';
import type { LoadResult } from '../ports/load.ts';
import type { RequestSample } from '../ports/request-sample.ts';
import { createStartOrderer } from '../verdict/start-order.ts';
import type { LoadSite } from './load-site.ts';
import { createPhaseRecorder } from './phase-recorder.ts';
import { booksOf } from './phase-report.ts';
import { createRolloutStream, type RolloutStream } from './recorded-stream.ts';
import type { ShareSeries } from './share-bins.ts';
import { lossesIn, withSharedLosses } from './shared-losses.ts';
import { type PlacedLoad, podReader, versionReader } from './traffic-path.ts';

/** An answer later than this after its time-out will not come. */
const LOST_AFTER_TIMEOUT_MS = 5_000;

export interface RolloutLoadRequest {
  readonly id: string;
  readonly title: string;
  readonly placed: PlacedLoad;
  /** Service in the chain of hops whose version says which track answered. */
  readonly service: string;
  /** Whether the stream's `version` is that, or the pod that answered. Default: the version. */
  readonly answeredBy?: 'version' | 'pod';
  /** Versions by name, stable first, for the books. */
  readonly versions: readonly string[];
  /** Every finished request in start order while the load runs, up to the first that was cut off; null: nobody is named. */
  readonly onInOrder?: (sample: RequestSample, version: string | null) => void;
  /** It is to send all of its requests and to wait for their answers; else whoever watches it must stop it. */
  readonly endsByItself?: boolean;
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
  /**
   * Ends the load and waits for the last answers.
   * @throws the scene's reason, when the run was over before this was called: what came in until then is truncated
   */
  stop(): Promise<RolloutLoadResult>;
  /**
   * Resolves when the load ended by itself, with bad books where it should not have; rejects when it broke or was aborted.
   */
  readonly ended: Promise<RolloutLoadResult>;
  /** Resolves with the first answer that names a version; rejects when the load is over before (LOAD_SILENT). */
  readonly answered: Promise<void>;
}

/** Nobody stopped it, so it is not known what would have been answered in the time that it was asked to last. */
function withEarlyEnd(books: BooksReport, { wallMs }: LoadResult): BooksReport {
  const codes = books.problemCodes ?? [];
  return {
    ...books,
    outcome: 'invalid',
    problems: [
      ...books.problems,
      `the load ended by itself after ${seconds(wallMs)}, before whoever watched it had seen enough: what came later is on no record; run again, and look at the generator's log`,
    ],
    problemCodes: [...codes, 'load-ended-early'],
  };
}

function silent({ id, service }: RolloutLoadRequest) {
  return environmentError(
    'LOAD_SILENT',
    `the load was over before any answer said which version of ${service} gave it`,
    {
      where: id,
      hint: 'Look at the samples of that load: answers must name the receiver.',
    },
  );
}

/** The load has started when this returns; errors surface where `stop` or `ended` is awaited. */
export function startRolloutLoad(request: RolloutLoadRequest, site: LoadSite): RunningLoad {
  const { placed, id, title } = request;
  const stopping = new AbortController();
  let wasStopped = false;
  const signal = AbortSignal.any([site.signal, stopping.signal]);
  const reader = request.answeredBy === 'pod' ? podReader : versionReader;
  const versionOf = reader(request.service, placed.request.identify);
  const named = (sample: RequestSample) => (sample.identity === '' ? null : versionOf(sample));
  const stream = createRolloutStream();
  const isDelayed = delayReader(request.service);
  const recorder = createPhaseRecorder(request.versions, versionOf);
  const orderer = createStartOrderer({ lostAfterMs: placed.request.requestTimeoutMs + LOST_AFTER_TIMEOUT_MS });
  const samples = site.evidence.createSamples(`samples-${id}.jsonl.gz`);
  const answered = Promise.withResolvers<void>();
  // nobody has to wait for it
  answered.promise.catch(() => undefined);
  const onSample = (sample: RequestSample): 'continue' | 'stop' => {
    samples.write(sample);
    // in flight when the load was stopped, and ended by that
    if (sample.status === 0 && signal.aborted && !sample.endedBeforeStop) {
      recorder.noteCutOff(sample);
      return 'stop';
    }
    recorder.note(sample);
    for (const one of orderer.push(sample)) request.onInOrder?.(one, named(one));
    const version = named(sample);
    stream.add(sample, version, isDelayed(sample.identity));
    if (version !== null) answered.resolve();
    return 'continue';
  };
  const run = async (): Promise<RolloutLoadResult> => {
    try {
      const load: LoadResult & { readonly evidence?: { readonly duplicates: number } } = await site.load.run(
        { ...placed.request, receiver: request.service },
        placed.argvPrefix,
        onSample,
        signal,
      );
      if (!wasStopped) site.signal.throwIfAborted();
      orderer.flush();
      stream.sort();
      const counted = booksOf({ id, title, load: placed.request, generatorCores: site.cores }, load, recorder, {
        duplicates: orderer.duplicates + (load.evidence?.duplicates ?? 0),
        gaps: orderer.gaps,
        lostForCertain: orderer.lost,
        clockWentBackwards: orderer.malformed + orderer.clockSteps,
      });
      // one loss decides here, unlike in a split, so a machine that cannot keep up is enough to doubt it
      const { environment } = site;
      const intervals = [...(environment?.unhealthy() ?? []), ...(environment?.strained?.() ?? [])];
      const shared = withSharedLosses(counted, lossesIn(stream), intervals);
      const books = wasStopped || request.endsByItself ? shared : withEarlyEnd(shared, load);
      // of no consequence to whoever was answered
      answered.reject(silent(request));
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
      // whoever stops it after the run is over has seen less than was asked for
      wasStopped ||= !site.signal.aborted;
      stopping.abort();
      return ended;
    },
  };
}
