/** What clients got while a promise was waited for in vain: by traffic, for as long as it lasted. */
import { seconds } from '../documents/figures.ts';
import type { RunningLoad } from '../traffic/recorded-load.ts';
import type { RolloutStream } from '../traffic/recorded-stream.ts';
import { PromiseNotKept } from './promise.ts';

/**
 * Does it under a load. When the subject does not keep a promise the load is ended, and the error says what its clients
 * got during the wait.
 * @throws what `work` throws; a PromiseNotKept with `traffic`
 */
export async function underTraffic<Done>(
  load: Pick<RunningLoad, 'stop'> | undefined,
  now: () => number,
  work: () => Promise<Done>,
): Promise<Done> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PromiseNotKept) || error.traffic || !load) throw error;
    const untilMs = now();
    const { stream, books } = await load.stop();
    throw error.seenBy({ sentence: gotMeanwhile(stream, untilMs - error.waitedMs, untilMs), books });
  }
}

/** By the start of each request. Pure. */
function gotMeanwhile(stream: RolloutStream, fromMs: number, toMs: number): string {
  const counts = new Map<string, number>();
  let lost = 0;
  let sent = 0;
  for (const { startMs, version, ending } of stream.entries()) {
    if (startMs < fromMs || startMs > toMs) continue;
    sent += 1;
    if (ending === 'lost') lost += 1;
    else counts.set(version ?? 'nobody by name', (counts.get(version ?? 'nobody by name') ?? 0) + 1);
  }
  const during = `In those ${seconds(toMs - fromMs)}`;
  if (sent === 0) return `${during} no client sent a request.`;
  const shares = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([version, count]) => `${version} answered ${Number(((100 * count) / sent).toFixed(1))} %`);
  return `${during} ${shares.join(', ') || 'nobody answered'} of ${sent} requests${lost > 0 ? `, and ${lost} were lost` : ''}.`;
}
