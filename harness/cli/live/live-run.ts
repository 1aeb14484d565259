/** What is known of a run that is under way, put together from its progress events. Pure. */
import type { ClaimTold, LiveSplit } from '../../ports/progress.ts';

/** As progress tells them and as `events.jsonl` keeps them; other lines of that file are of no concern here. */
export type LiveEvent =
  | { readonly type: 'claim'; readonly atMs: number; readonly claim: ClaimTold }
  | { readonly type: 'note'; readonly atMs: number; readonly text: string }
  | { readonly type: 'step-started'; readonly atMs: number; readonly id?: number; readonly name: string }
  | {
      readonly type: 'step-updated';
      readonly atMs: number;
      readonly id?: number;
      readonly name: string;
      readonly text: string;
      readonly split?: LiveSplit;
    }
  | {
      readonly type: 'step-done' | 'step-failed';
      readonly atMs: number;
      readonly id?: number;
      readonly name: string;
      readonly text: string;
      readonly durationMs: number;
    };

export interface LiveClaim extends ClaimTold {
  readonly startedAtMs?: number;
  readonly tookMs?: number;
}

export interface LiveStep {
  readonly name: string;
  readonly startedAtMs: number;
  readonly text: string;
}

export interface LiveSplitSoFar {
  readonly latest: LiveSplit;
  readonly atMs: number;
  /** One a second, as they were recorded. */
  readonly trajectory: readonly Pick<LiveSplit, 'n' | 'logE' | 'logLambdaHigh' | 'logLambdaLow'>[];
  readonly running: boolean;
}

export interface LiveRun {
  /** In the order in which they are judged. */
  readonly claims: readonly LiveClaim[];
  readonly running: readonly LiveStep[];
  /** Steps that ended, in the order of their ends. */
  readonly ended: readonly { readonly name: string; readonly startedAt: number; readonly durationMs: number }[];
  readonly splits: readonly LiveSplitSoFar[];
  readonly lastAtMs: number;
}

export interface LiveFold {
  add(event: LiveEvent): void;
  readonly run: LiveRun;
}

/** A picture has no use for more. */
const MOST_POINTS = 2_000;

export function createLiveFold(): LiveFold {
  const claims = new Map<string, LiveClaim>();
  const running = new Map<string | number, LiveStep>();
  const ended: { name: string; startedAt: number; durationMs: number }[] = [];
  const splits = new Map<string, { split: LiveSplitSoFar; step: string | number }>();
  let lastAtMs = 0;

  const onClaim = (told: ClaimTold, atMs: number): void => {
    const before = claims.get(told.id);
    const startedAtMs = told.state === 'running' ? atMs : before?.startedAtMs;
    const over = told.state !== 'running' && told.state !== 'waiting';
    claims.set(told.id, {
      ...before,
      ...told,
      ...(startedAtMs === undefined ? {} : { startedAtMs }),
      ...(over && startedAtMs !== undefined ? { tookMs: atMs - startedAtMs } : {}),
    });
  };
  const onSplit = (latest: LiveSplit, atMs: number, step: string | number): void => {
    const { n, logE, logLambdaHigh, logLambdaLow } = latest;
    const before = splits.get(latest.id)?.split.trajectory ?? [];
    const trajectory = [...before.slice(-MOST_POINTS), { n, logE, logLambdaHigh, logLambdaLow }];
    splits.set(latest.id, { split: { latest, atMs, trajectory, running: true }, step });
  };
  const onEnd = (key: string | number, name: string, atMs: number, durationMs: number): void => {
    running.delete(key);
    ended.push({ name, startedAt: atMs - durationMs, durationMs });
    for (const [id, one] of splits) {
      if (one.step === key) splits.set(id, { ...one, split: { ...one.split, running: false } });
    }
  };

  return {
    add(event) {
      lastAtMs = Math.max(lastAtMs, event.atMs);
      if (event.type === 'claim') return onClaim(event.claim, event.atMs);
      if (event.type === 'note') return;
      const key = event.id ?? event.name;
      switch (event.type) {
        case 'step-started':
          running.set(key, { name: event.name, startedAtMs: event.atMs, text: '' });
          break;
        case 'step-updated': {
          const step = running.get(key);
          if (step) running.set(key, { ...step, text: event.text });
          if (event.split) onSplit(event.split, event.atMs, key);
          break;
        }
        case 'step-done':
        case 'step-failed':
          onEnd(key, event.name, event.atMs, event.durationMs);
          break;
      }
    },
    get run() {
      return {
        claims: [...claims.values()],
        running: [...running.values()],
        ended,
        splits: [...splits.values()].map(({ split }) => split),
        lastAtMs,
      };
    },
  };
}

/**
 * Until every claim is judged, if each takes as long as in the run before this one: some take a second, others ten minutes,
 * and those that are judged tell nothing of the others. Undefined where that is not known, and when none is left.
 */
export function timeLeftMs({ claims, splits }: LiveRun, nowMs: number): number | undefined {
  const waiting = claims.filter(({ state }) => state === 'waiting');
  const running = claims.filter(({ state }) => state === 'running');
  const unjudged = [...waiting, ...running];
  if (unjudged.length === 0 || unjudged.some(({ lastTookMs }) => lastTookMs === undefined)) return undefined;
  // side by side they end with the longest; and a split tells by itself when it can be decided
  const left = running.map(({ lastTookMs = 0, startedAtMs = nowMs }) => startedAtMs + lastTookMs - nowMs);
  const decided = splits.filter((split) => split.running).flatMap((split) => decidedInMs(split) ?? []);
  return waiting.reduce((sum, { lastTookMs = 0 }) => sum + lastTookMs, Math.max(0, ...left, ...decided));
}

/**
 * Milliseconds until the running splits can be decided, at the pace so far: the evidence for a pass grows with the requests.
 * Undefined while nobody can tell.
 */
export function decidedInMs({ latest, atMs }: LiveSplitSoFar): number | undefined {
  const { n, logLambdaHigh, logLambdaLow, acceptLogLambda, startedAt, cap } = latest;
  const perMs = n / Math.max(1, atMs - startedAt);
  const reached = Math.max(logLambdaHigh, logLambdaLow) / acceptLogLambda;
  if (n === 0 || perMs <= 0) return undefined;
  const most = (cap - n) / perMs;
  const expected = reached > 0.05 ? (n / reached - n) / perMs : most;
  return Math.max(0, Math.min(most, expected));
}
