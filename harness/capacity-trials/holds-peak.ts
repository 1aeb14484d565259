/** "Does it hold the peak?" without a search: one long trial at that rate, looked at after 20 s, 40 s, 80 s and so on. */
import { type Held, heldAtLook } from '../capacity/questions/holds.ts';
import { FIRST_LOOK_SECONDS, longestLook } from '../capacity/search/search-settings.ts';
import type { LookPlan } from '../capacity/trial/look-rule.ts';
import type { TrialStatistics } from '../capacity/trial/trial-statistics.ts';
import { GeneratorAlone } from './generator-alone.ts';
import { type CapacityQuestion, neededRate, type Peak, timeoutSecondsOf } from './question.ts';
import { runTrial, type TrialOrder, voidedBy } from './run-trial.ts';
import type { SearchEnd, SearchPorts } from './search-end.ts';

export async function holdsPeak(
  question: CapacityQuestion,
  peak: Peak,
  target: Pick<TrialOrder, 'target' | 'argvPrefix'>,
  ports: SearchPorts,
  signal: AbortSignal,
): Promise<SearchEnd> {
  const { objective, arrivals, seed } = question;
  const ratePerSecond = neededRate(peak);
  const generator = new GeneratorAlone(question, target.argvPrefix, ports);
  const startedAt = ports.now();
  const carried = await generator.carries(ratePerSecond, (words) => ports.live(words), signal);
  const facts = () => ({ generator: generator.facts });
  if (carried < ratePerSecond) return { end: 'instrument', guards: ['CAPACITY_GENERATOR_CEILING'], ...facts() };
  const leftSeconds = question.budgetSeconds - (ports.now() - startedAt) / 1000;
  const seconds = longestLook(Math.max(FIRST_LOOK_SECONDS, leftSeconds));
  const judged = (trial: TrialStatistics, look: number) => heldAtLook(trial, objective.objectiveShare, look);
  const trial = await runTrial(
    {
      phase: `holds-${Number(ratePerSecond.toPrecision(4))}`,
      ...{ ratePerSecond, seconds, arrivals, seed, objective },
      looks: holdsLooks(timeoutSecondsOf(objective), judged),
      ...target,
    },
    {
      ...{ load: ports.load, readCpu: ports.readCpu },
      live: ({ share, effectiveRequests }, look) =>
        ports.live(
          `holds ${ratePerSecond.toFixed(1)}/s · ${look} s of ${seconds} · ${(share * 100).toFixed(2)} % bad · n_eff ${effectiveRequests.toFixed(0)}`,
        ),
    },
    signal,
  );
  const held = judged(trial.statistics, trial.seconds);
  ports.tell(
    { ...trial, phase: 'holds', ratePerSecond },
    `${ratePerSecond.toFixed(1)}/s: ${held}${voidedBy(trial.guards)}`,
  );
  // a trial is not repeated: the instrument is likelier to void a bad one, and the good ones among many would prove too much
  if (trial.guards.length > 0) return { end: 'instrument', guards: trial.guards, ...facts() };
  return { end: 'holds', held, ratePerSecond, tauSeconds: trial.statistics.tauSeconds, ...facts() };
}

/** A look waits for every request to end, by its time-out at the latest: one that is still open would not be counted. */
function holdsLooks(timeoutSeconds: number, judged: (trial: TrialStatistics, look: number) => Held): LookPlan {
  return {
    firstSeconds: FIRST_LOOK_SECONDS,
    next: (look) => look * 2,
    settleSeconds: timeoutSeconds,
    decides: (trial, look) => judged(trial, look) !== 'open',
  };
}
