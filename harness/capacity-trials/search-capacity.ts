/** The search with real trials: one k6 run after the other, until there is a bracket, no time, or nothing to be learned. */
import { CapacitySearch, type PlannedTrial } from '../capacity/search/capacity-search.ts';
import { longestLook } from '../capacity/search/search-settings.ts';
import { isDecided, LOOK_EVERY_SECONDS, type LookPlan } from '../capacity/trial/look-rule.ts';
import { GeneratorAlone } from './generator-alone.ts';
import { holdsPeak } from './holds-peak.ts';
import type { CapacityQuestion } from './question.ts';
import { returnTrials } from './return-trials.ts';
import { runTrial, type TrialOrder, voidedBy } from './run-trial.ts';
import type { SearchEnd, SearchPorts, ToldTrial } from './search-end.ts';
import { settle } from './settle.ts';

/** Trials in a row that the instrument spoils before the search gives up. */
const MOST_INVALID = 3;

/** What answers a question, with real trials. */
export type Measurement = (
  target: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  ports: SearchPorts,
  signal: AbortSignal,
) => Promise<SearchEnd>;

/** @throws HarnessError of the search settings: CAPACITY_SHARE, CAPACITY_RATES, CAPACITY_WIDTH, CAPACITY_BUDGET */
export function prepareMeasurement(question: CapacityQuestion): Measurement {
  const { peak } = question;
  if (peak?.alone) {
    longestLook(question.budgetSeconds);
    return (target, ports, signal) => holdsPeak(question, peak, target, ports, signal);
  }
  const search = new CapacitySearch({ ...question, objectiveShare: question.objective.objectiveShare });
  return (target, ports, signal) => searchCapacity(question, search, target, ports, signal);
}

async function searchCapacity(
  question: CapacityQuestion,
  search: CapacitySearch,
  target: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  ports: SearchPorts,
  signal: AbortSignal,
): Promise<SearchEnd> {
  const generator = new GeneratorAlone(question, target.argvPrefix, ports);
  const end = await searchTrials(question, search, { target, generator }, ports, signal);
  const bracket = 'bracket' in end ? end.bracket : undefined;
  const tried = question.pulse && bracket !== undefined && !signal.aborted;
  const settled = () => settle(question.objective, ports, signal);
  const returned = tried ? await returnTrials(question, bracket, target, ports, settled, signal) : undefined;
  return { ...end, generator: generator.facts, returned };
}

interface Sender {
  readonly target: Pick<TrialOrder, 'target' | 'argvPrefix'>;
  readonly generator: GeneratorAlone;
}

async function searchTrials(
  question: CapacityQuestion,
  search: CapacitySearch,
  { target, generator }: Sender,
  ports: SearchPorts,
  signal: AbortSignal,
): Promise<SearchEnd> {
  const startedAt = ports.now();
  let [number, invalid]: [number, readonly string[]] = [0, []];
  let spoiled = 0;
  for (;;) {
    const step = search.next((ports.now() - startedAt) / 1000);
    if ('done' in step) return step.done;
    const { ratePerSecond } = step.run;
    const carried = await generator.carries(ratePerSecond, (words) => ports.live(words), signal);
    if (signal.aborted) return { end: 'instrument', guards: ['CAPACITY_INTERRUPTED'] };
    if (carried < ratePerSecond) {
      if (carried === 0) return { end: 'instrument', guards: ['CAPACITY_GENERATOR_CEILING'] };
      search.capAt(carried);
      continue;
    }
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
    if (trial.statistics.estimate > question.objective.objectiveShare) await settle(question.objective, ports, signal);
  }
}

/** What was due T before a look has been answered by then, or is bad already. Guides are looked at, and end with their time. */
function looksOf({ limitMs, objectiveShare }: CapacityQuestion['objective'], judges: boolean): LookPlan {
  return {
    firstSeconds: LOOK_EVERY_SECONDS,
    next: (look) => look + LOOK_EVERY_SECONDS,
    settleSeconds: limitMs / 1000,
    decides: (trial) => judges && isDecided(trial, objectiveShare),
  };
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
      looks: looksOf(objective, phase === 'pool' || phase === 'ends'),
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

function told({ phase, ratePerSecond, statistics, guards }: ToldTrial, search: CapacitySearch): string {
  const share = `${(statistics.share * 100).toFixed(2)} % bad`;
  const soFar = search.soFar();
  const range = soFar === undefined ? '' : ` · so far ${soFar.low.toFixed(1)} to ${soFar.high.toFixed(1)}/s`;
  return `${phase} ${ratePerSecond.toFixed(1)}/s · ${share} · n_eff ${statistics.effectiveRequests.toFixed(0)}${range}${voidedBy(guards)}`;
}
