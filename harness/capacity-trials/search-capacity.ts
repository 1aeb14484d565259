/** The search with real trials: one k6 run after the other, until there is a bracket, no time, or nothing to be learned. */
import { CapacitySearch, type PlannedTrial } from '../capacity/search/capacity-search.ts';
import type { SearchEnd, ToldTrial } from './conclude.ts';
import type { CapacityQuestion } from './question.ts';
import { runTrial, type TrialOrder, type TrialPorts } from './run-trial.ts';

export interface SearchPorts extends Pick<TrialPorts, 'load' | 'readCpu'> {
  /** One request on its own; undefined where only the generator reaches the subject. */
  readonly probe?: (() => Promise<{ readonly status: number; readonly durationMs: number }>) | undefined;
  now(): number;
  /** Each trial when it is over, with what is known so far in words. */
  tell(trial: ToldTrial, words: string): void;
  /** What the trial that runs has come to. */
  live(words: string): void;
}

/** Trials in a row that the instrument spoils before the search gives up. */
const MOST_INVALID = 3;
const CLEAN_ANSWERS = 5;
const SETTLE_MS = 60_000;

/** @throws HarnessError of the search settings: CAPACITY_SHARE, CAPACITY_RATES, CAPACITY_WIDTH, CAPACITY_BUDGET */
export function prepareSearch(question: CapacityQuestion): CapacitySearch {
  return new CapacitySearch({ ...question, objectiveShare: question.objective.objectiveShare });
}

export async function searchCapacity(
  question: CapacityQuestion,
  search: CapacitySearch,
  target: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  ports: SearchPorts,
  signal: AbortSignal,
): Promise<SearchEnd> {
  const startedAt = ports.now();
  let [number, invalid]: [number, readonly string[]] = [0, []];
  let spoiled = 0;
  for (;;) {
    const step = search.next((ports.now() - startedAt) / 1000);
    if ('done' in step) return step.done;
    number += 1;
    const trial = await oneTrial(question, step.run, number, target, ports, signal);
    if (trial.guards.includes('CAPACITY_INTERRUPTED') || signal.aborted) {
      ports.tell(trial, told(trial, search));
      return { end: 'instrument', guards: trial.guards };
    }
    spoiled = trial.guards.length > 0 ? spoiled + 1 : 0;
    invalid = trial.guards.length > 0 ? [...invalid, ...trial.guards] : [];
    if (spoiled === 0) search.observe(trial.statistics, trial.seconds);
    ports.tell(trial, told(trial, search));
    if (spoiled >= MOST_INVALID) return { end: 'instrument', guards: invalid };
    if (trial.statistics.estimate > question.objective.objectiveShare) await settle(question, ports, signal);
  }
}

async function oneTrial(
  { objective, seed, arrivals }: CapacityQuestion,
  planned: PlannedTrial,
  number: number,
  target: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  ports: SearchPorts,
  signal: AbortSignal,
): Promise<ToldTrial> {
  const { phase, ratePerSecond } = planned;
  const trial = await runTrial(
    {
      phase: `${phase}-${Number(ratePerSecond.toPrecision(4))}`,
      ratePerSecond,
      seconds: planned.seconds,
      looks: phase === 'pool' || phase === 'ends',
      arrivals,
      // another stretch of arrivals for each trial, the same for the same seed
      seed: (seed + number * 7919) | 0,
      objective,
      ...target,
    },
    {
      load: ports.load,
      readCpu: ports.readCpu,
      live: ({ share, effectiveRequests }, elapsed) =>
        ports.live(
          `${phase} ${ratePerSecond.toFixed(1)}/s · ${elapsed} s of ${planned.seconds.toFixed(0)} · ${(share * 100).toFixed(2)} % bad · n_eff ${effectiveRequests.toFixed(0)}`,
        ),
    },
    signal,
  );
  return { ...trial, phase, ratePerSecond };
}

/** After a bad trial: until the subject answers several times in a row as it should, for at most a minute. */
async function settle({ objective }: CapacityQuestion, ports: SearchPorts, signal: AbortSignal): Promise<void> {
  const { probe } = ports;
  if (probe === undefined) return;
  const until = ports.now() + SETTLE_MS;
  for (let clean = 0; clean < CLEAN_ANSWERS && ports.now() < until && !signal.aborted; ) {
    const answer = await probe().catch(() => undefined);
    const good = answer !== undefined && answer.status > 0 && answer.status < 400;
    clean = good && answer.durationMs <= objective.limitMs ? clean + 1 : 0;
  }
}

function told({ phase, ratePerSecond, statistics, guards }: ToldTrial, search: CapacitySearch): string {
  const share = `${(statistics.share * 100).toFixed(2)} % bad`;
  const soFar = search.soFar();
  const range = soFar === undefined ? '' : ` · so far ${soFar.low.toFixed(1)} to ${soFar.high.toFixed(1)}/s`;
  const invalid = guards.length === 0 ? '' : ` · says nothing: ${guards.join(', ')}`;
  return `${phase} ${ratePerSecond.toFixed(1)}/s · ${share} · n_eff ${statistics.effectiveRequests.toFixed(0)}${range}${invalid}`;
}
