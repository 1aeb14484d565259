/** Lines in any order, perhaps several times -> runs with their claims, oldest first. Pure. */
import type { HistoryLine } from '../../reports/model/history/history-line.ts';
import type { HistoryProblem } from '../../reports/model/history/history-report.ts';

export interface KeptRun {
  readonly run: HistoryLine['run'];
  readonly subject: HistoryLine['subject'];
  readonly components: HistoryLine['components'];
  readonly claims: ReadonlyMap<string, HistoryLine['claim']>;
}

export interface GatheredRuns {
  /** By the name of the subject, in the order of the alphabet. */
  readonly bySubject: ReadonlyMap<string, readonly KeptRun[]>;
  readonly problems: readonly HistoryProblem[];
}

export function gatherRuns(lines: readonly HistoryLine[]): GatheredRuns {
  const runs = new Map<string, { line: HistoryLine; claims: Map<string, HistoryLine['claim']> }>();
  const problems: HistoryProblem[] = [];
  for (const line of lines) {
    const key = JSON.stringify([line.subject.name, line.run.id]);
    const found = runs.get(key) ?? { line, claims: new Map<string, HistoryLine['claim']>() };
    runs.set(key, found);
    const before = found.claims.get(line.claim.id);
    if (before === undefined) found.claims.set(line.claim.id, line.claim);
    else if (JSON.stringify(before) !== JSON.stringify(line.claim)) {
      // whichever is right, neither may count as a pass
      const sentence = `the history holds two different lines of this run: ${before.outcome} and ${line.claim.outcome}`;
      found.claims.set(line.claim.id, { ...before, outcome: 'invalid', sentence, shares: [] });
      problems.push({
        code: 'HISTORY_CONTRADICTION',
        where: `run ${line.run.id}, claim ${line.claim.id}`,
        sentence,
        hint: 'Keep the line that belongs to the result.json of the run; until then it counts as invalid.',
      });
    }
  }
  for (const { line, claims } of runs.values())
    if (claims.size < line.run.claims)
      problems.push({
        code: 'HISTORY_CUT_SHORT',
        where: `run ${line.run.id} of ${line.subject.name}`,
        sentence: `the run judged ${line.run.claims} claims, and the history holds ${claims.size} of them`,
        hint: 'What is there is shown; restore the file from where the history is kept.',
      });
  const sorted = [...runs.values()]
    .map(({ line: { run, subject, components }, claims }): KeptRun => ({ run, subject, components, claims }))
    .sort((a, b) => a.run.startedAt - b.run.startedAt || compare(a.run.id, b.run.id));
  const names = [...new Set(sorted.map(({ subject }) => subject.name))].sort(compare);
  return {
    bySubject: new Map(names.map((name) => [name, sorted.filter(({ subject }) => subject.name === name)])),
    problems,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
