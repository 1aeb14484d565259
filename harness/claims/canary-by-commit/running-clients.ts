/** Clients on every path of the split, who send from the first commit to the last and are asked for shares meanwhile. */
import type { BooksReport, SplitReport } from '../../../reports/model/run-report.ts';
import type { TrafficPath } from '../../documents/references.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import type { PathStreams } from '../../scene/claim-ledger.ts';
import type { Scene } from '../../scene/scene.ts';
import { type RolloutLoadResult, type RunningLoad, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { endingOf } from '../../traffic/recorded-stream.ts';
import { createSharesJudge, type SharesJudge } from '../../traffic/share-verdict.ts';
import { errorReader, placeLoad } from '../../traffic/traffic-path.ts';
import type { SplitArm } from '../../verdict/split-judge.ts';
import type { CanaryByCommitClaim } from './declaration.ts';

const POLL_MS = 100;

/** What every path is asked. */
export interface Question {
  readonly name: string;
  readonly title: string;
  readonly arms: readonly SplitArm[];
}

/** A path, and what its requests are held against since when. */
interface Asked {
  readonly path: TrafficPath;
  judge: SharesJudge | undefined;
  /** Unix milliseconds. */
  fromMs: number;
}

/** An answer that stands when the books do, which are closed with the load. */
interface Answer {
  readonly path: TrafficPath['kind'];
  readonly judge: SharesJudge;
  readonly why: 'load-ended' | 'time-budget';
}

export interface StoppedClients {
  readonly results: ReadonlyMap<TrafficPath['kind'], RolloutLoadResult>;
  /** In the order in which they were asked. */
  readonly splits: readonly SplitReport[];
}

export interface RunningClients {
  /**
   * Judges requests that start from now on, until every path is decided or its time is up.
   * @returns whether every path got these shares, as far as that is known before the books are closed
   */
  ask(question: Question): Promise<boolean>;
  /** Every answer from now on, in start order: whether the program behind the canary made an error of it. */
  onCanary(observe: (isError: boolean) => void): void;
  stop(): Promise<StoppedClients>;
}

/** @throws HarnessError LOAD_SILENT (exit 3) and what placing the load throws */
export async function startClients(
  claim: CanaryByCommitClaim,
  { versions, streams, mostMs }: { versions: Versions; streams: PathStreams; mostMs: number },
  scene: Scene,
): Promise<RunningClients> {
  const id = claim.id.replaceAll('/', '-');
  const { service, paths } = claim.split;
  const isError = errorReader(service);
  const asked = paths.map((path): Asked => ({ path, judge: undefined, fromMs: 0 }));
  const answers: Answer[] = [];
  let observe: (isError: boolean) => void = () => undefined;
  const loads: RunningLoad[] = [];
  for (const one of asked) {
    const { kind } = one.path;
    const record = streams.recorder(kind);
    const placed = await placeLoad(scene, `${id}-${kind}`, one.path, mostMs);
    const onInOrder = (sample: RequestSample, version: string | null) => {
      record(sample, version);
      const { startMs, status, vu } = sample;
      if (version === versions.canary) observe(isError(sample));
      if (startMs > one.fromMs) one.judge?.observe({ startMs, version, ending: endingOf(status, version) }, String(vu));
    };
    const title = `clients of ${kind} while ${service} moves`;
    const names = [versions.stable, versions.canary];
    loads.push(startRolloutLoad({ id: `${id}-${kind}`, title, placed, service, versions: names, onInOrder }, scene));
  }
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  // why it is over surfaces where it is stopped
  for (const load of loads) load.ended.then(over, over);
  await Promise.all(loads.map((load) => load.answered));
  return {
    async ask({ name, title, arms }) {
      const { assurance, profile } = scene;
      const fromMs = scene.now();
      for (const one of asked) {
        const { kind } = one.path;
        one.fromMs = fromMs;
        one.judge = createSharesJudge({
          ...{ id: `${id}-${name}-${kind}`, claimId: claim.id, title: `${title} (${kind})`, path: kind },
          ...{ arms, assurance, ratePerSecond: scene.ratePerSecond ?? one.path.ratePerSecond },
        });
      }
      const judges = asked.flatMap(({ judge, path }) => (judge ? [{ judge, path: path.kind }] : []));
      const deadline = fromMs + profile.load.maxDurationMs;
      while (!isOver && scene.now() < deadline && judges.some(({ judge }) => !judge.isDecided))
        await scene.pause(POLL_MS);
      const why = scene.now() < deadline ? ('load-ended' as const) : ('time-budget' as const);
      for (const one of asked) one.judge = undefined;
      answers.push(...judges.map((one) => ({ ...one, why })));
      return judges.every(({ judge }) => judge.report(NO_BOOKS_YET, why).outcome === 'passed');
    },
    onCanary(wanted) {
      observe = wanted;
    },
    async stop() {
      const stopped = await Promise.allSettled(loads.map((load) => load.stop()));
      const failed = stopped.find((one) => one.status === 'rejected');
      if (failed) throw failed.reason;
      const results = new Map<TrafficPath['kind'], RolloutLoadResult>();
      stopped.forEach((one, index) => {
        const kind = paths[index]?.kind;
        if (one.status === 'fulfilled' && kind !== undefined) results.set(kind, one.value);
      });
      return {
        results,
        splits: answers.flatMap(({ path, judge, why }) => {
          const books = results.get(path)?.books;
          return books ? [judge.report(books, why)] : [];
        }),
      };
    },
  };
}

export interface Versions {
  readonly stable: string;
  readonly canary: string;
}

const NO_BOOKS_YET: Pick<BooksReport, 'outcome' | 'problems'> = { outcome: 'passed', problems: [] };
