/** One trial: k6 at one rate, looked at while it runs, judged, and its instrument judged too. */
import type { LookPlan } from '../capacity/trial/look-rule.ts';
import { usersFor } from '../capacity/trial/request-limits.ts';
import { type TrialStatistics, trialStatistics } from '../capacity/trial/trial-statistics.ts';
import type { ResponseObjective } from '../documents/response-objective.ts';
import type { GeneratorPart, LoadRequest, LoadResult, LoadRunner } from '../ports/load.ts';
import { timeoutSecondsOf } from './question.ts';
import { type RecordedTrial, TrialRecorder } from './trial-recorder.ts';

export interface TrialOrder {
  readonly phase: string;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly looks: LookPlan;
  /** Told of every request when it has ended: when it was due, from the beginning and by the clock. */
  watch?(dueSeconds: number, scheduledMs: number): void;
  /** Whether every answer is kept beyond the trial. */
  readonly keepsAnswers?: boolean;
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  readonly objective: ResponseObjective;
  readonly target: Pick<LoadRequest, 'url' | 'headers' | 'method' | 'hosts'>;
  readonly argvPrefix: readonly string[];
}

/** Why a trial says nothing, by stable code. */
export type TrialGuard =
  | 'CAPACITY_UNSENT'
  | 'CAPACITY_LATE'
  | 'CAPACITY_DROPPED'
  | 'CAPACITY_EVIDENCE_LOST'
  | 'CAPACITY_MACHINE_BUSY'
  | 'CAPACITY_GENERATOR_DIED'
  | 'CAPACITY_GENERATORS_APART'
  | 'CAPACITY_INTERRUPTED';

/** What is appended to words about a trial; empty where it counts. */
export function voidedBy(guards: readonly TrialGuard[]): string {
  return guards.length === 0 ? '' : ` · says nothing: ${guards.join(', ')}`;
}

/** A trial that ends with its time. */
export const NO_LOOKS: LookPlan = {
  firstSeconds: Infinity,
  next: () => Infinity,
  settleSeconds: 0,
  decides: () => false,
};

export interface FinishedTrial {
  readonly statistics: TrialStatistics;
  readonly recorded: RecordedTrial;
  /** Undefined unless the order keeps them. */
  readonly answers?: ReturnType<TrialRecorder['answers']> | undefined;
  readonly seconds: number;
  readonly load: LoadResult;
  readonly idleShare: number;
  /** Empty: the trial counts. */
  readonly guards: readonly TrialGuard[];
}

export interface TrialPorts {
  readonly load: LoadRunner;
  /** CPU time of the whole machine so far. */
  readCpu(): { readonly idle: number; readonly total: number };
  live(statistics: TrialStatistics, elapsedSeconds: number): void;
}

const LEAST_SENT_SHARE = 0.99;
const LEAST_IDLE_SHARE = 0.1;
const MOST_LATE_MS = 2;
/** Between the clocks of generators: far above what logs of two pods need to come, and far below a trial. */
const MOST_APART_MS = 1000;

export async function runTrial(order: TrialOrder, ports: TrialPorts, signal: AbortSignal): Promise<FinishedTrial> {
  const { ratePerSecond, objective, seed, arrivals } = order;
  const limitSeconds = objective.limitMs / 1000;
  const timeoutSeconds = timeoutSecondsOf(objective);
  const generators = ports.load.generators ?? 1;
  const recorder = new TrialRecorder({ arrivals, seed, ratePerSecond, limitMs: objective.limitMs, generators });
  let [look, endedAt] = [order.looks.firstSeconds, order.seconds];
  const cpuBefore = ports.readCpu();
  const load = await ports.load.run(
    {
      ...order.target,
      phase: order.phase,
      identify: { kind: 'header', name: 'x-unused' },
      ratePerSecond,
      maxDurationMs: order.seconds * 1000,
      preAllocatedVus: usersFor(ratePerSecond, limitSeconds, timeoutSeconds),
      requestTimeoutMs: timeoutSeconds * 1000,
      newConnectionPerRequest: false,
      arrivals: { kind: arrivals, seed },
    },
    order.argvPrefix,
    (sample) => {
      const due = recorder.take(sample);
      order.watch?.(due, sample.startMs);
      // requests that are due so much later have come: what was due at the look has been answered, or is bad already
      const isDue = recorder.reachedSeconds >= look + order.looks.settleSeconds;
      if (endedAt < order.seconds || !isDue || look >= order.seconds) return 'continue';
      const statistics = trialStatistics(recorder.look(look), ratePerSecond, limitSeconds);
      ports.live(statistics, look);
      if (order.looks.decides(statistics, look)) {
        endedAt = look;
        return 'stop';
      }
      look = order.looks.next(look);
      return 'continue';
    },
    signal,
  );
  const parts: readonly GeneratorPart[] = load.generators ?? [load];
  const died = parts.some((part) => part.died !== undefined);
  const aheadMs = parts.flatMap((part) => part.aheadMs ?? []);
  const cut = endedAt < order.seconds || died;
  const dropped = parts.map(({ droppedIterations }) => droppedIterations);
  const begun = cut ? undefined : parts.map(({ sent }) => sent);
  const recorded = recorder.bins(endedAt, begun, dropped);
  const answers = order.keepsAnswers ? recorder.answers(dropped) : undefined;
  const statistics = trialStatistics(recorded.bins, ratePerSecond, limitSeconds);
  const idleShare = idleBetween(cpuBefore, ports.readCpu());
  const guards = judgeInstrument(order, {
    load,
    recorded,
    statistics,
    idleShare,
    cut,
    died,
    apartMs: aheadMs.length === 0 ? 0 : Math.max(...aheadMs) - Math.min(...aheadMs),
    interrupted: signal.aborted,
  });
  return { statistics, recorded, answers, seconds: endedAt, load, idleShare, guards };
}

interface Instrument extends Pick<FinishedTrial, 'load' | 'recorded' | 'statistics' | 'idleShare'> {
  /** It ended before its time. */
  readonly cut: boolean;
  readonly died: boolean;
  /** By how much the clocks of generators differ. */
  readonly apartMs: number;
  readonly interrupted: boolean;
}

function judgeInstrument(order: TrialOrder, seen: Instrument): readonly TrialGuard[] {
  const { load, recorded, statistics } = seen;
  const slots = order.seconds * order.ratePerSecond;
  const isBad = statistics.estimate > order.objective.objectiveShare;
  const late = Math.max(MOST_LATE_MS, order.objective.limitMs / 20);
  const guards: [TrialGuard, boolean][] = [
    ['CAPACITY_INTERRUPTED', seen.interrupted],
    ['CAPACITY_GENERATOR_DIED', seen.died],
    // each sends in time by its own clock
    ['CAPACITY_GENERATORS_APART', seen.apartMs > MOST_APART_MS],
    ['CAPACITY_UNSENT', !seen.cut && load.sent + load.droppedIterations < LEAST_SENT_SHARE * slots - 1],
    ['CAPACITY_DROPPED', recorded.droppedFree > 0],
    // k6 interrupts nothing by itself: the time-out ends every request before that
    ['CAPACITY_EVIDENCE_LOST', recorded.lost > 0],
    ['CAPACITY_LATE', recorded.latenessP99Ms > late],
    // a busy machine makes answers slow, never fast: it can void a bad trial only
    ['CAPACITY_MACHINE_BUSY', isBad && seen.idleShare < LEAST_IDLE_SHARE],
  ];
  return guards.filter(([, trips]) => trips).map(([code]) => code);
}

function idleBetween(before: { idle: number; total: number }, after: { idle: number; total: number }): number {
  const total = after.total - before.total;
  return total > 0 ? (after.idle - before.idle) / total : 1;
}
