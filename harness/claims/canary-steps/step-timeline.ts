/**
 * The weights that clients saw, reconstructed from the answers alone, beside the steps that the Rollout declares.
 *
 * Where the declared shares in their order explain the start-ordered stream of "canary answered", those are the pieces.
 * Otherwise it is cut into pieces of any constant share, and each piece is named after the declared level inside its 99.9 %
 * confidence sequence (which one hit keeps from 0, and one miss from 1). Every change is located with its 99 % set. No
 * clock of the cluster and no status is read.
 */
import { percent, seconds } from '../../documents/figures.ts';
import { changeTime } from '../../stats/change-time.ts';
import { fitInOrder } from '../../stats/ordered-fit.ts';
import { type NamedSegment, segmentShares, snapToDeclared } from '../../stats/segmentation.ts';

export interface LocatedChange {
  readonly from: number;
  readonly to: number;
  /** Unix milliseconds: the most likely time and its 99 % set. */
  readonly atMs: number;
  readonly lowMs: number;
  readonly highMs: number;
}

export interface ObservedStep {
  /** Declared share, 0 to 1; undefined: an undeclared weight. */
  readonly level: number | undefined;
  readonly share: number;
  readonly n: number;
  /** Indices into the stream. */
  readonly from: number;
  readonly to: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface StepProblem {
  readonly code: 'STEP_MISSING' | 'STEP_UNDECLARED' | 'STEP_OUT_OF_ORDER' | 'STEP_END';
  readonly sentence: string;
}

export interface StepTimeline {
  readonly steps: readonly ObservedStep[];
  /** One for each pair of neighbouring steps with a declared level. */
  readonly changes: readonly LocatedChange[];
  readonly problems: readonly StepProblem[];
}

const SET_CONFIDENCE = 0.99;
/** A piece shorter than this between two declared levels is the change itself: proxies do not all switch at once. */
const TRANSITION_MS = 2_000;

/**
 * @param hits 1 where the canary answered, in start order
 * @param startsMs start of each request, Unix milliseconds
 * @param declared shares in the order in which they must be seen, the one before the rollout first; such as 0, 0.1, 1
 * @param aborted clients must get the declared steps up to some step, and then the first share again: which steps never
 * came follows from the abort, and is no problem of its own
 * @param slowMs how long all but few answers take: what starts that long before a change may be routed after it, where a
 * route holds requests back
 */
export function reconstructSteps(
  hits: Uint8Array,
  startsMs: Float64Array,
  declared: readonly number[],
  { aborted = false, slowMs = 0 }: { readonly aborted?: boolean; readonly slowMs?: number } = {},
): StepTimeline {
  if (hits.length === 0)
    return {
      steps: [],
      changes: [],
      problems: [{ code: 'STEP_MISSING', sentence: 'No answer says which version gave it.' }],
    };
  const at = (index: number) => startsMs[Math.min(index, startsMs.length - 1)] ?? 0;
  const isChange = (from: number, to: number) => at(to) - at(from) < TRANSITION_MS;
  // what was declared is the first explanation; where it does not hold, any share may have been seen
  const pieces = fitInOrder(hits, declared, { isChange }) ?? snapToDeclared(segmentShares(hits), declared);
  const steps = merged(pieces, startsMs, slowMs);
  const changes: LocatedChange[] = [];
  for (let i = 1; i < steps.length; i += 1) {
    const [before, after] = [steps[i - 1]!, steps[i]!];
    if (before.level === undefined || after.level === undefined) continue;
    changes.push(locate(hits, startsMs, before, after));
  }
  return { steps, changes, problems: compare(steps, aborted ? upToTheAbort(steps, declared) : declared, aborted) };
}

/** The declared shares up to the last one that was seen in order, and the first again. */
function upToTheAbort(steps: readonly ObservedStep[], declared: readonly number[]): readonly number[] {
  let reached = 0;
  for (const { level } of steps) {
    const place = level === undefined ? -1 : declared.indexOf(level, reached);
    reached = Math.max(reached, place);
  }
  return reached === 0 ? declared.slice(0, 1) : [...declared.slice(0, reached + 1), ...declared.slice(0, 1)];
}

/** Neighbours of one level become one step; short undeclared pieces belong to the change between their neighbours. */
function merged(pieces: readonly NamedSegment[], startsMs: Float64Array, slowMs: number): ObservedStep[] {
  const time = (index: number) => startsMs[Math.min(index, startsMs.length - 1)] ?? 0;
  const steps: ObservedStep[] = [];
  pieces.forEach((piece, place) => {
    const [startMs, endMs] = [time(piece.from), time(piece.to)];
    const inner = place > 0 && place < pieces.length - 1;
    const last = steps.at(-1);
    if (piece.declared === undefined && inner) {
      const isMixed = isBetween(piece.share, last?.level, pieces[place + 1]?.declared);
      if (endMs - startMs < TRANSITION_MS + (isMixed ? slowMs : 0)) return;
    }
    if (last && piece.declared !== undefined && last.level === piece.declared) {
      const n = last.n + piece.to - piece.from;
      const share = (last.share * last.n + piece.hits) / n;
      steps[steps.length - 1] = { ...last, to: piece.to, endMs, n, share };
      return;
    }
    steps.push({
      level: piece.declared,
      share: piece.share,
      n: piece.to - piece.from,
      from: piece.from,
      to: piece.to,
      startMs,
      endMs,
    });
  });
  return steps;
}

/** Requests before a change and after it, mixed, have a share between the two. */
function isBetween(share: number, before: number | undefined, after: number | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  return share >= Math.min(before, after) && share <= Math.max(before, after);
}

function locate(hits: Uint8Array, startsMs: Float64Array, before: ObservedStep, after: ObservedStep): LocatedChange {
  const [from, to] = [before.from, after.to];
  const { estimate, low, high } = changeTime(
    hits.subarray(from, to),
    before.level ?? 0,
    after.level ?? 0,
    SET_CONFIDENCE,
  );
  const at = (index: number) => startsMs[Math.min(from + index, startsMs.length - 1)] ?? 0;
  return {
    from: before.level ?? 0,
    to: after.level ?? 0,
    atMs: at(estimate),
    lowMs: at(Math.max(0, low - 1)),
    highMs: at(high),
  };
}

/**
 * The observed sequence must be the declared one. Every difference is named.
 * @param comesBack the last share is the first one again: where it never came, the end alone says so
 */
function compare(steps: readonly ObservedStep[], declared: readonly number[], comesBack: boolean): StepProblem[] {
  const problems: StepProblem[] = [];
  let next = 0;
  for (const step of steps) {
    const lasted = seconds(step.endMs - step.startMs);
    if (step.level === undefined) {
      problems.push({
        code: 'STEP_UNDECLARED',
        sentence: `For ${lasted} clients got ${percent(step.share)} (n ${step.n}), which no step declares.`,
      });
      continue;
    }
    const place = declared.indexOf(step.level, next);
    if (place < 0) {
      problems.push({
        code: 'STEP_OUT_OF_ORDER',
        sentence: `Clients got ${percent(step.level)} for ${lasted} after ${percent(declared[next - 1] ?? 0)}, where no step declares it.`,
      });
      continue;
    }
    for (const missing of declared.slice(next, place))
      problems.push({ code: 'STEP_MISSING', sentence: `Clients never got the declared ${percent(missing)}.` });
    next = place + 1;
  }
  for (const missing of declared.slice(next, comesBack ? -1 : undefined))
    problems.push({ code: 'STEP_MISSING', sentence: `Clients never got the declared ${percent(missing)}.` });
  const last = steps.at(-1);
  const end = declared.at(-1);
  if (last && end !== undefined && last.level !== end)
    problems.push({
      code: 'STEP_END',
      sentence: `At the end clients got ${percent(last.level ?? last.share)} instead of ${percent(end)}.`,
    });
  return problems;
}
