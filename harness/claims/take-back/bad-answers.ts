/** How many of the requests that began in a stretch of time missed an objective. Pure. */
import type { ResponseObjective } from '../../documents/response-objective.ts';
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import type { Outcome } from '../../verdict/outcome.ts';

export interface BadAnswers {
  readonly requests: number;
  /** Failed, or later than the limit. */
  readonly bad: number;
  /** Between 0 and 1. */
  readonly share: number;
  /** When the last bad one began, Unix milliseconds; undefined: there is none. */
  readonly lastBadMs: number | undefined;
  /** How long the stretch is. */
  readonly lastsMs: number;
}

/** Of the requests that the peak has in a stretch: what stable did with less of them is no answer. */
const REACHED = 0.9;

/** Whether the objective held in every stretch; with hardly a request in one of them nobody knows. */
export function judgeAnswers(
  stretches: readonly BadAnswers[],
  { objectiveShare, ratePerSecond }: { readonly objectiveShare: number; readonly ratePerSecond: number },
): Exclude<Outcome, 'invalid'> {
  if (stretches.some(({ share }) => share > objectiveShare)) return 'failed';
  const isReached = ({ requests, lastsMs }: BadAnswers) => requests >= (REACHED * ratePerSecond * lastsMs) / 1000;
  return stretches.every(isReached) ? 'passed' : 'inconclusive';
}

export function badAnswers(
  stream: RolloutStream,
  { limitMs }: ResponseObjective,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): BadAnswers {
  let [requests, bad] = [0, 0];
  let lastBadMs: number | undefined;
  for (const { startMs, status, latencyMs } of stream.entries()) {
    if (startMs < fromMs || startMs >= toMs) continue;
    requests += 1;
    if (status > 0 && status < 400 && latencyMs <= limitMs) continue;
    bad += 1;
    lastBadMs = Math.max(lastBadMs ?? startMs, startMs);
  }
  return { requests, bad, share: requests === 0 ? 0 : bad / requests, lastBadMs, lastsMs: toMs - fromMs };
}
