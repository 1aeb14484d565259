/** One whole run after the other, through a port. */
import { type NightRun, outcomeOfExit } from './nightly-summary.ts';

export interface NightPorts {
  /** Runs `conform PROFILE` whole. An abort ends it in order; its exit code then says so. */
  conform(profile: string, signal: AbortSignal): Promise<{ exitCode: number | undefined; runDirectory?: string }>;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** After each run, so that what is known survives whatever ends the night. */
  finished(runs: readonly NightRun[]): Promise<void>;
}

/** No code of the CLI: it was ended before it could give one. */
const NO_EXIT_CODE = 70;

/**
 * Every profile once, then all again: a machine that changes overnight then changes under all of them.
 * @param before runs of a series that goes on: they count, but for those that were interrupted
 * @returns the runs that were begun, those of before first; fewer than asked for after an abort
 */
export async function runNight(
  profiles: readonly string[],
  repeat: number,
  { conform, now, finished }: NightPorts,
  signal: AbortSignal,
  before: readonly NightRun[] = [],
): Promise<readonly NightRun[]> {
  const runs: NightRun[] = [...before];
  const had = new Map(profiles.map((profile) => [profile, countBefore(before, profile)]));
  for (const profile of Array.from({ length: repeat }, () => profiles).flat()) {
    if (signal.aborted) break;
    const left = had.get(profile) ?? 0;
    had.set(profile, left - 1);
    if (left > 0) continue;
    const began = now();
    const { exitCode, runDirectory } = await conform(profile, signal);
    const outcome = signal.aborted ? 'interrupted' : outcomeOfExit(exitCode);
    runs.push({ profile, outcome, exitCode: exitCode ?? NO_EXIT_CODE, durationMs: now() - began, runDirectory });
    await finished(runs);
  }
  return runs;
}

const countBefore = (runs: readonly NightRun[], profile: string): number =>
  runs.filter((run) => run.profile === profile && run.outcome !== 'interrupted').length;
