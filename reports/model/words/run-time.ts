/** How long a run took, and how much of that was building programs, which the next run does not do again. */
import { formatDuration } from '../figures.ts';
import type { RunReport } from '../run-report.ts';

/** Milliseconds in which at least one program was being built; builds run side by side. */
export function builtMs({ phases }: Pick<RunReport['appendix'], 'phases'>): number {
  const builds = phases.filter(({ name }) => name.startsWith('build ')).toSorted((a, b) => a.startedAt - b.startedAt);
  let until = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const { startedAt, durationMs } of builds) {
    const end = startedAt + durationMs;
    sum += Math.max(0, end - Math.max(startedAt, until));
    until = Math.max(until, end);
  }
  return sum;
}

/** "1 min 58 s", or "7 min 40 s, and 24 min 10 s before that to build programs". */
export function tookText({ run, appendix }: Pick<RunReport, 'run' | 'appendix'>): string {
  const took = run.finishedAt - run.startedAt;
  const built = Math.min(took, builtMs(appendix));
  if (built === 0) return formatDuration(took);
  return `${formatDuration(took - built)}, and ${formatDuration(built)} to build programs (once)`;
}

/** The seed where there is one; what is not random has none, which nobody needs to be told. */
export function seedOf({ run }: Pick<RunReport, 'run'>): string | undefined {
  return run.seed.startsWith('none') ? undefined : run.seed;
}
