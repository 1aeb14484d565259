/**
 * The second witness of a load phase: what the proxies that sent the requests counted per subset. A proxy that counts a
 * request for one version which another version answered does otherwise than it acknowledged.
 */
import type { BooksReport, FindingReport } from '../../reports/model/run-report.ts';
import { judgeTwoWitnesses } from '../verdict/two-witness.ts';
import type { SeenCounters } from './layer-record.ts';
import type { Scene } from './scene.ts';

/** Proxy -> subset -> requests so far. */
export type ProxyCounts = ReadonlyMap<string, SeenCounters['counts']>;

const ALPHA = 1e-6;
const POLL_MS = 100;
/** Counters are read once a second: unchanged for this long means that all were read since. */
const QUIET_MS = 2_500;
/** A proxy with fewer requests was probed by somebody. */
const LEAST_REQUESTS = 20;

export function proxyCounts(scene: Scene, host: string): ProxyCounts {
  const seen = scene.recorder.layers.countersOf(host);
  return new Map([...seen].map(([proxy, readings]) => [proxy, readings.at(-1)?.counts ?? {}]));
}

/** Growth per proxy and subset since `before`, once it holds `expected` requests or stands still. */
export async function settledProxyCounts(
  scene: Scene,
  host: string,
  before: ProxyCounts,
  expected: number,
): Promise<ProxyCounts> {
  let growth = growthSince(before, proxyCounts(scene, host));
  let changedAt = performance.now();
  while (growth.size > 0 && totalOf(growth) < expected && performance.now() - changedAt < QUIET_MS) {
    scene.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const next = growthSince(before, proxyCounts(scene, host));
    if (totalOf(next) !== totalOf(growth)) changedAt = performance.now();
    growth = next;
  }
  return growth;
}

function growthSince(before: ProxyCounts, after: ProxyCounts): ProxyCounts {
  return new Map(
    [...after].map(([proxy, counts]) => {
      const old = before.get(proxy) ?? {};
      // a proxy that started anew counts from 0
      const grown = (subset: string, count: number) =>
        count >= (old[subset] ?? 0) ? count - (old[subset] ?? 0) : count;
      return [proxy, Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, grown(key, count)]))];
    }),
  );
}

function totalOf(counts: ProxyCounts): number {
  return [...counts.values()].flatMap((one) => Object.values(one)).reduce((sum, count) => sum + count, 0);
}

/**
 * Adds the witness to the books and says where the two disagree.
 * @param versionOf subset -> the version that its pods name themselves with
 */
export function witnessFindings(
  books: BooksReport,
  growth: ProxyCounts,
  versionOf: (subset: string) => string,
): readonly FindingReport[] {
  const sources = [...growth].filter(([, counts]) => sum(Object.values(counts)) >= LEAST_REQUESTS);
  if (sources.length === 0) return [];
  const byVersion = new Map<string, number>();
  for (const [, counts] of sources)
    for (const [subset, count] of Object.entries(counts))
      byVersion.set(versionOf(subset), (byVersion.get(versionOf(subset)) ?? 0) + count);
  const witnessed = [...byVersion].map(([arm, count]) => ({ arm, count }));
  const count = sum([...byVersion.values()]);
  const names = sources.map(([proxy]) => proxy);
  const verdict = judgeTwoWitnesses({
    witness: 'Envoy',
    client: books.answeredByArm,
    witnessed,
    inFlight: books.interrupted + books.errors + books.unattributed + Math.abs(count - books.sent),
    boundary: 0,
    extrapolationSpread: 0,
    alpha: ALPHA,
  });
  const difference = count - books.sent;
  books.witnesses.push({
    name: `Envoy, cluster counters of ${names.join(', ')}`,
    count,
    difference,
    explanation: explain(difference, books),
  });
  const off = verdict.arms.filter((arm) => !arm.agrees);
  if (off.length === 0) return [];
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  const shown = off.map(
    (arm) => `${arm.arm} ${percent(arm.witnessShare)} where clients got ${percent(arm.clientShare)}`,
  );
  const [proxy] = names;
  return [
    {
      code: 'PROXY_ANSWERS_OTHERWISE',
      layer: 'observed',
      severity: 'error',
      sentence: `${books.title}: ${names.join(', ')} counted ${shown.join('; ')}: requests routed to a subset were answered by another version.`,
      where: names.join(', '),
      hint: 'The endpoints behind the subset are not what its labels say: compare pods, EndpointSlices and EnvoyFilters on clusters.',
      ...(names.length === 1 && proxy !== undefined ? { proxy } : {}),
    },
  ];
}

function explain(difference: number, { interrupted, errors }: BooksReport): string {
  if (difference === 0) return 'equal';
  if (difference < 0 && -difference <= interrupted + errors)
    return 'requests cut off when the load stopped, and errors, reached no upstream or were not completed there';
  return difference > 0
    ? 'retries, requests cut off at the client that completed upstream, or other callers'
    : 'fewer than the clients sent: answers that no upstream gave, or counters that were not read to the end';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
