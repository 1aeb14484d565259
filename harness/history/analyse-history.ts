/** What the kept runs say together: since when a claim fails, what changed there, where a level changed, what is flaky. Pure. */
import type { HistoryLine } from '../../reports/model/history/history-line.ts';
import type {
  ChangePoint,
  ClaimHistory,
  Flakiness,
  HistoryReport,
  HistoryRun,
  Regression,
  SubjectHistory,
} from '../../reports/model/history/history-report.ts';
import { clopperPearsonInterval } from '../stats/proportion.ts';
import { segmentCounts } from '../stats/segment-counts.ts';
import { gatherRuns, type KeptRun } from './gather-runs.ts';
import type { ParsedHistory } from './parse-history.ts';

/** Chance that a constant claim shows any change point of its share; of its outcomes, where each run is one bit. */
const FALSE_SHARE_CHANGE = 0.001;
const FALSE_OUTCOME_CHANGE = 0.01;
const FLAKY_CONFIDENCE = 0.95;

export interface HistorySelection {
  /** Name of the subject; undefined: every one. */
  readonly subject: string | undefined;
  /** Ids of claims; empty: every one. */
  readonly claims: readonly string[];
  /** Runs of each subject, counted from the newest. */
  readonly last: number;
}

export function analyseHistory({ lines, problems }: ParsedHistory, selection: HistorySelection): HistoryReport {
  const gathered = gatherRuns(lines);
  const subjects = [...gathered.bySubject]
    .filter(([name]) => selection.subject === undefined || name === selection.subject)
    .map(([name, runs]) => subjectHistory(name, runs, selection));
  return { subjects, problems: [...problems, ...gathered.problems] };
}

function subjectHistory(subject: string, all: readonly KeptRun[], selection: HistorySelection): SubjectHistory {
  const kept = all.slice(-selection.last);
  const runs = kept.map(historyRun);
  const ids = [...new Set(kept.toReversed().flatMap(({ claims }) => [...claims.keys()]))];
  const wanted = selection.claims.length === 0 ? ids : ids.filter((id) => selection.claims.includes(id));
  return {
    subject,
    runs,
    olderRuns: all.length - kept.length,
    claims: wanted.map((id) => claimHistory(id, runs, kept)),
  };
}

function historyRun({ run, subject, components }: KeptRun): HistoryRun {
  const { id, startedAt, finishedAt, outcome, interrupted, revision } = run;
  const { provider, hash } = subject;
  return {
    id,
    startedAt,
    durationMs: finishedAt - startedAt,
    outcome,
    interrupted,
    revision,
    provider,
    hash,
    components,
  };
}

function claimHistory(id: string, runs: readonly HistoryRun[], kept: readonly KeptRun[]): ClaimHistory {
  const cells = kept.map(({ claims }) => claims.get(id));
  const failures = failureSegments(cells);
  return {
    id,
    title: cells.findLast((cell) => cell !== undefined)?.title ?? id,
    cells,
    split: mostStrayed(cells),
    regression: regressionOf(cells, runs),
    flakiness: flakinessOf(cells, runs, failures.at(-1)?.firstRun ?? 0),
    changes: [...failureChanges(id, failures, runs), ...shareChanges(cells, runs)].sort((a, b) => a.run - b.run),
  };
}

type Cells = ClaimHistory['cells'];
type Claim = HistoryLine['claim'];

const isDecided = (cell: Claim | undefined): cell is Claim =>
  cell !== undefined && (cell.outcome === 'passed' || cell.outcome === 'failed');

/** Of the last verdict, when it is `failed`: where the unbroken failures began, undecided runs aside. */
function regressionOf(cells: Cells, runs: readonly HistoryRun[]): Regression | undefined {
  const decided = cells.flatMap((cell, index) =>
    isDecided(cell) ? [{ index, failed: cell.outcome === 'failed' }] : [],
  );
  if (decided.at(-1)?.failed !== true) return undefined;
  const lastPass = decided.findLast(({ failed }) => !failed)?.index;
  const run = decided.find(({ index }) => index > (lastPass ?? -1))?.index;
  if (run === undefined) return undefined;
  const undecided = cells.slice((lastPass ?? -1) + 1, run).filter((cell) => cell !== undefined).length;
  const differences = lastPass === undefined ? [] : differencesOf(runs[lastPass], runs[run]);
  return { run, passedBefore: lastPass, undecided, differences };
}

/** What may explain that two runs differ, most telling first. */
function differencesOf(before: HistoryRun | undefined, after: HistoryRun | undefined): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const names = [...new Set([...Object.keys(before.components), ...Object.keys(after.components)])].sort();
  const versions = names
    .filter((name) => before.components[name] !== after.components[name])
    .map((name) => `${name} ${before.components[name] ?? 'absent'} → ${after.components[name] ?? 'absent'}`);
  const rest = [
    ['commit', before.revision?.slice(0, 12) ?? 'unknown', after.revision?.slice(0, 12) ?? 'unknown'],
    ['what is declared', before.hash.slice(0, 12), after.hash.slice(0, 12)],
    ['provider', before.provider, after.provider],
  ] as const;
  return [
    ...versions,
    ...rest.filter(([, from, to]) => from !== to).map(([what, from, to]) => `${what} ${from} → ${to}`),
  ];
}

interface FailureSegment {
  readonly firstRun: number;
  readonly rate: number;
}

function failureSegments(cells: Cells): readonly FailureSegment[] {
  const decided = cells.flatMap((cell, index) =>
    isDecided(cell) ? [{ index, failed: cell.outcome === 'failed' }] : [],
  );
  const counts = decided.map(({ failed }) => ({ hits: failed ? 1 : 0, n: 1 }));
  return segmentCounts(counts, FALSE_OUTCOME_CHANGE).map(({ from, hits, n }) => ({
    firstRun: decided[from]!.index,
    rate: hits / n,
  }));
}

function failureChanges(id: string, segments: readonly FailureSegment[], runs: readonly HistoryRun[]): ChangePoint[] {
  return segments.slice(1).map(({ firstRun, rate }, index) => ({
    run: firstRun,
    what: 'failures',
    name: id,
    from: segments[index]!.rate,
    to: rate,
    declared: false,
    differences: differencesOf(runs[firstRun - 1], runs[firstRun]),
  }));
}

/**
 * To and fro since the level of failures last changed: a failure before a pass, twice at least, or once with nothing
 * changed in between. One failure that ended with a change may have been a regression and its repair.
 */
function flakinessOf(cells: Cells, runs: readonly HistoryRun[], fromRun: number): Flakiness | undefined {
  const decided = cells.flatMap((cell, index) => (index >= fromRun && isDecided(cell) ? [{ index, cell }] : []));
  const returns = decided.filter(
    ({ cell }, at) => cell.outcome === 'passed' && decided[at - 1]?.cell.outcome === 'failed',
  ).length;
  const sameInputs = decided.some(
    ({ index, cell }, at) =>
      at > 0 &&
      decided[at - 1]!.cell.outcome !== cell.outcome &&
      runs[index]!.revision !== undefined &&
      differencesOf(runs[decided[at - 1]!.index], runs[index]).length === 0,
  );
  if (returns < 2 && !sameInputs) return undefined;
  const failed = decided.filter(({ cell }) => cell.outcome === 'failed').length;
  const interval = clopperPearsonInterval(failed, decided.length, FLAKY_CONFIDENCE);
  return { failed, decided: decided.length, ...interval, confidence: FLAKY_CONFIDENCE, sameInputs };
}

/** The split whose estimate lay farthest from what was declared, in margins, in any of the runs. */
function mostStrayed(cells: Cells): string | undefined {
  const shares = cells.flatMap((cell) => cell?.shares ?? []);
  const strayed = ({ estimate, declared, margin }: Claim['shares'][number]) =>
    Math.abs(estimate - declared) / Math.max(margin, 1e-9);
  return shares.reduce<Claim['shares'][number] | undefined>(
    (worst, one) => (worst === undefined || strayed(one) > strayed(worst) ? one : worst),
    undefined,
  )?.split;
}

function shareChanges(cells: Cells, runs: readonly HistoryRun[]): ChangePoint[] {
  const splits = [...new Set(cells.flatMap((cell) => cell?.shares.map(({ split }) => split) ?? []))];
  const found = splits.flatMap((split) => {
    const seen = cells.flatMap((cell, index) => {
      const share = cell?.shares.find((one) => one.split === split);
      return share === undefined ? [] : [{ index, share }];
    });
    const counts = seen.map(({ share: { estimate, n } }) => ({ hits: Math.round(estimate * n), n }));
    const segments = segmentCounts(counts, FALSE_SHARE_CHANGE / splits.length);
    return segments.slice(1).map(({ from, hits, n }, at): ChangePoint => {
      const [before, after] = [seen[from - 1]!, seen[from]!];
      return {
        run: after.index,
        what: 'share',
        name: `${after.share.title}, ${after.share.arm}`,
        from: segments[at]!.hits / segments[at]!.n,
        to: hits / n,
        declared: before.share.declared !== after.share.declared,
        differences: differencesOf(runs[before.index], runs[after.index]),
      };
    });
  });
  return found;
}
