/** After a bad trial: until the subject answers several times in a row as it should, for at most a minute. */
import type { ResponseObjective } from '../documents/response-objective.ts';
import type { SearchPorts } from './search-end.ts';

const CLEAN_ANSWERS = 5;
const SETTLE_MS = 60_000;

export async function settle(
  { limitMs }: ResponseObjective,
  { probe, now }: Pick<SearchPorts, 'probe' | 'now'>,
  signal: AbortSignal,
): Promise<void> {
  if (probe === undefined) return;
  const until = now() + SETTLE_MS;
  for (let clean = 0; clean < CLEAN_ANSWERS && now() < until && !signal.aborted; ) {
    const answer = await probe().catch(() => undefined);
    const good = answer !== undefined && answer.status > 0 && answer.status < 400;
    clean = good && answer.durationMs <= limitMs ? clean + 1 : 0;
  }
}
