/** What clients counted in the window that Kiali's graph is about. Pure. */
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import type { Window } from './window.ts';

export interface ClientCounts {
  readonly byVersion: readonly { readonly arm: string; readonly count: number }[];
  /** Lost, failed or without a name: proxies may have counted them for whoever. */
  readonly unnamed: number;
  /** Of a second. */
  readonly rate: number;
}

/** By when requests ended, because that is when a proxy counts them. */
export function clientsIn(stream: RolloutStream, { endS, lengthS }: Window): ClientCounts {
  const counts = new Map<string, number>();
  let unnamed = 0;
  let all = 0;
  for (const { startMs, latencyMs, version, status } of stream.entries()) {
    const endedMs = startMs + latencyMs;
    if (endedMs <= (endS - lengthS) * 1000 || endedMs > endS * 1000) continue;
    all += 1;
    if (version === null || status >= 500) unnamed += 1;
    else counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  const byVersion = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([arm, count]) => ({ arm, count }));
  return { byVersion, unnamed, rate: all / lengthS };
}
