/** What a search found, in sentences with names. Pure. */
import type { BisectReport, JudgedCandidate } from './bisect.ts';

/** The answer first; then what must be known to believe it. */
export function bisectSentences(report: BisectReport): readonly string[] {
  return [endSentence(report), ...flipSentences(report)];
}

function endSentence({ end, candidates, claim, what }: BisectReport): string {
  const shown = (index: number) => candidates[index]?.shown ?? '';
  switch (end.kind) {
    case 'first-failed':
      return `${shown(end.firstFailed)} is the first ${what} on which ${claim} fails; on ${shown(end.lastPassed)}, the one before it, it passes.`;
    case 'narrowed':
      return `${claim} passes on ${shown(end.lastPassed)} and fails on ${shown(end.firstFailed)}; between them ${listed(end.undecided.map(shown))} could not be decided, twice each: the first bad ${what} is one of them, or ${shown(end.firstFailed)}.`;
    case 'good-fails':
      return `${claim} fails on ${shown(end.index)} already, which was said to be good: there is no first bad ${what} in this range. Begin with an older one.`;
    case 'bad-passes':
      return `${claim} passes on ${shown(end.index)}, which was said to be bad: there is nothing to find in this range.`;
    case 'end-undecided':
      return `${shown(end.index)}, an end of the range, could not be decided, twice: nothing in between can be judged against it.`;
    case 'interrupted':
      return `Interrupted: ${decidedCount(candidates)} decided. The same command goes on from here.`;
  }
}

function flipSentences({ flips, candidates, end }: BisectReport): readonly string[] {
  return flips.map(({ failed, passedLater }) => {
    const found = end.kind === 'first-failed' || end.kind === 'narrowed';
    return `It is not one change that stayed: the claim failed on ${candidates[failed]?.shown} and passed on ${candidates[passedLater]?.shown} behind it${found ? '; what is named above is the newest change' : ''}.`;
  });
}

function decidedCount(candidates: readonly JudgedCandidate[]): string {
  const decided = candidates.filter(({ answer }) => answer === 'passed' || answer === 'failed').length;
  return `${decided} of ${candidates.length} candidates are`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
