/** What clients got from the canary during a rollout. Pure. */
import type { RolloutStream } from './recorded-stream.ts';

export interface CanaryAnswers {
  readonly requests: number;
  readonly canary: number;
  /** Answers of the canary that were errors, or slower than the limit. */
  readonly bad: number;
  /** Answers that the canary held back on purpose. */
  readonly delayed: number;
  readonly lost: number;
  /** Start of the last request that the canary answered; Unix milliseconds. */
  readonly lastMs: number | undefined;
  /** Users who got at least one bad answer, when they take turns at sending. */
  readonly distinctUsers: number;
}

export interface CanaryQuestion {
  readonly canaryVersion: string;
  readonly slowerThanMs?: number;
  /** Requests before this do not count. */
  readonly fromMs?: number;
  /** Nor do requests after this. */
  readonly toMs?: number;
  readonly users?: number;
}

export function canaryAnswers(stream: RolloutStream, question: CanaryQuestion): CanaryAnswers {
  const { canaryVersion, slowerThanMs = Number.POSITIVE_INFINITY, fromMs = 0, users = 1 } = question;
  const { toMs = Number.POSITIVE_INFINITY } = question;
  const hitUsers = new Set<number>();
  let [requests, canary, bad, delayed, lost] = [0, 0, 0, 0, 0];
  let lastMs: number | undefined;
  for (const { startMs, latencyMs, version, ending, delayed: isDelayed, sequence } of stream.entries()) {
    if (startMs < fromMs || startMs > toMs) continue;
    requests += 1;
    if (ending === 'lost') lost += 1;
    if (version !== canaryVersion) continue;
    canary += 1;
    lastMs = Math.max(lastMs ?? 0, startMs);
    if (isDelayed) delayed += 1;
    if (ending !== 'injected' && latencyMs <= slowerThanMs) continue;
    bad += 1;
    hitUsers.add(sequence % users);
  }
  return { requests, canary, bad, delayed, lost, lastMs, distinctUsers: hitUsers.size };
}
