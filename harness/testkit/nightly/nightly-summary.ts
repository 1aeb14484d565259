/** Pure: what a night of whole runs amounts to, as one document and as Markdown. */
import { percent, seconds } from '../../documents/figures.ts';
import { EXIT } from '../../errors/harness-error.ts';
import { clopperPearsonInterval } from '../../stats/proportion.ts';

/** How the CLI ended: a verdict of the run, or why there is none. */
export const NIGHT_OUTCOMES = [
  'passed',
  'inconclusive',
  'environment',
  'usage',
  'invalid',
  'failed',
  'error',
  'interrupted',
] as const;
/** From best to worst. `environment`: the machine was not fit; `error`: the program broke; `interrupted`: not judged. */
export type NightOutcome = (typeof NIGHT_OUTCOMES)[number];

export interface NightRun {
  readonly profile: string;
  readonly outcome: NightOutcome;
  readonly exitCode: number;
  readonly durationMs: number;
  /** As the CLI named it; undefined when the run ended before it had one. */
  readonly runDirectory: string | undefined;
}

/** Runs of one profile. Interrupted ones are counted in `interrupted` alone: they say nothing about the profile. */
export interface ProfileCount {
  readonly profile: string;
  readonly runs: number;
  readonly passed: number;
  readonly interrupted: number;
  /** How many of `runs` ended in each way. */
  readonly outcomes: Readonly<Record<NightOutcome, number>>;
  readonly meanDurationMs: number | undefined;
  /** Clopper-Pearson, 95 %, of the share that passes; undefined without a run. */
  readonly passedShare: { readonly low: number; readonly high: number } | undefined;
}

export interface NightSummary {
  readonly startedAt: string;
  /** Worst of all runs; `interrupted` when runs are missing. */
  readonly outcome: NightOutcome;
  readonly exitCode: number;
  /** How many runs were asked for. */
  readonly planned: number;
  readonly runs: readonly NightRun[];
  readonly profiles: readonly ProfileCount[];
}

const OUTCOME_OF: Readonly<Record<number, NightOutcome>> = {
  [EXIT.passed]: 'passed',
  [EXIT.failed]: 'failed',
  [EXIT.usage]: 'usage',
  [EXIT.environment]: 'environment',
  [EXIT.inconclusive]: 'inconclusive',
  [EXIT.budget]: 'inconclusive',
  [EXIT.invalid]: 'invalid',
  [EXIT.interrupted]: 'interrupted',
  [EXIT.terminated]: 'interrupted',
};

/** @param exitCode undefined: ended by a signal before it could say */
export function outcomeOfExit(exitCode: number | undefined): NightOutcome {
  return (exitCode === undefined ? undefined : OUTCOME_OF[exitCode]) ?? 'error';
}

/** @param startedAt ISO 8601 */
export function summarise(startedAt: string, planned: number, runs: readonly NightRun[]): NightSummary {
  const worst = runs.reduce<NightRun | undefined>(
    (bad, run) => (bad === undefined || rank(run.outcome) > rank(bad.outcome) ? run : bad),
    undefined,
  );
  const isCut = runs.length < planned || worst === undefined;
  return {
    startedAt,
    outcome: isCut ? 'interrupted' : worst.outcome,
    exitCode: isCut || worst.outcome === 'interrupted' ? EXIT.interrupted : worst.exitCode,
    planned,
    runs,
    profiles: [...new Set(runs.map(({ profile }) => profile))].map((profile) =>
      countOf(
        profile,
        runs.filter((run) => run.profile === profile),
      ),
    ),
  };
}

const rank = (outcome: NightOutcome) => NIGHT_OUTCOMES.indexOf(outcome);

function countOf(profile: string, all: readonly NightRun[]): ProfileCount {
  const judged = all.filter(({ outcome }) => outcome !== 'interrupted');
  const passed = judged.filter(({ outcome }) => outcome === 'passed').length;
  return {
    profile,
    runs: judged.length,
    passed,
    interrupted: all.length - judged.length,
    outcomes: Object.fromEntries(
      NIGHT_OUTCOMES.map((name) => [name, judged.filter(({ outcome }) => outcome === name).length]),
    ) as Record<NightOutcome, number>,
    meanDurationMs:
      judged.length === 0 ? undefined : judged.reduce((sum, { durationMs }) => sum + durationMs, 0) / judged.length,
    passedShare: judged.length === 0 ? undefined : clopperPearsonInterval(passed, judged.length, 0.95),
  };
}

export function nightMarkdown({ startedAt, outcome, planned, runs, profiles }: NightSummary): string {
  return [
    `# Nightly ${startedAt}: ${outcome}`,
    '',
    `${runs.length} of ${planned} runs.`,
    '',
    '| profile | outcome | exit code | took | run directory |',
    '|---|---|---|---|---|',
    ...runs.map(
      ({ profile, outcome: ended, exitCode, durationMs, runDirectory }) =>
        `| ${profile} | ${ended} | ${exitCode} | ${seconds(durationMs)} | ${runDirectory ?? '–'} |`,
    ),
    '',
    'Share of the runs, with its 95 % interval (Clopper-Pearson):',
    '',
    '| profile | runs | passed | failed | invalid | inconclusive | other | took, on average | interrupted |',
    '|---|---|---|---|---|---|---|---|---|',
    ...profiles.map(({ profile, runs: judged, outcomes, meanDurationMs, interrupted }) => {
      const shown = (['passed', 'failed', 'invalid', 'inconclusive'] as const).map((name) =>
        cell(outcomes[name], judged),
      );
      const other = outcomes.environment + outcomes.usage + outcomes.error;
      const took = meanDurationMs === undefined ? '–' : seconds(meanDurationMs);
      return `| ${profile} | ${judged} | ${shown.join(' | ')} | ${other} | ${took} | ${interrupted} |`;
    }),
    '',
  ].join('\n');
}

function cell(count: number, runs: number): string {
  if (runs === 0) return '–';
  const { low, high } = clopperPearsonInterval(count, runs, 0.95);
  return `${count}: ${percent(count / runs, { decimals: 1 })} (${percent(low, { decimals: 1 })} to ${percent(high, { decimals: 1 })})`;
}
