/**
 * The second witness of a load phase: what the proxies that sent the requests counted per subset. A proxy that counts a
 * request for one version which another version answered does otherwise than it acknowledged.
 */

import type { BooksReport, FindingReport } from '../../../reports/model/run-report.ts';
import { percent } from '../../documents/figures.ts';
import type { ProxyCounters, SubsetCounts } from '../../evidence/proxy-counters.ts';
import { WHOLE_HOST } from '../../evidence/proxy-routes.ts';
import type { Scene } from '../../scene/scene.ts';
import { judgeTwoWitnesses, type TwoWitnessVerdict } from '../../verdict/two-witness.ts';

/** What each proxy counted so far. */
export type CountsOfProxies = ReadonlyMap<string, ProxyCounters>;

const ALPHA = 1e-6;
const POLL_MS = 100;
/** Counters are read once a second: unchanged for this long means that all were read since. */
const QUIET_MS = 2_500;
/** A proxy with fewer requests was probed by somebody. */
const LEAST_REQUESTS = 20;

export function proxyCounts(scene: Scene, host: string): CountsOfProxies {
  const seen = scene.recorder.layers.countersOf(host);
  return new Map([...seen].map(([proxy, readings]) => [proxy, readings.at(-1) ?? { counts: {}, retried: {} }]));
}

/** Growth per proxy and subset since `before`, once it holds `expected` requests or stands still. */
export async function settledProxyCounts(
  scene: Scene,
  host: string,
  before: CountsOfProxies,
  expected: number,
): Promise<CountsOfProxies> {
  let growth = growthSince(before, proxyCounts(scene, host));
  let changedAt = scene.now();
  while (growth.size > 0 && totalOf(growth) < expected && scene.now() - changedAt < QUIET_MS) {
    scene.signal.throwIfAborted();
    await scene.pause(POLL_MS);
    const next = growthSince(before, proxyCounts(scene, host));
    if (totalOf(next) !== totalOf(growth)) changedAt = scene.now();
    growth = next;
  }
  return growth;
}

function growthSince(before: CountsOfProxies, after: CountsOfProxies): CountsOfProxies {
  const grown = (old: SubsetCounts = {}, now: SubsetCounts) =>
    Object.fromEntries(
      // a proxy that started anew counts from 0
      Object.entries(now).map(([key, count]) => [key, count - (count >= (old[key] ?? 0) ? (old[key] ?? 0) : 0)]),
    );
  return new Map(
    [...after].map(([proxy, now]) => {
      const old = before.get(proxy);
      return [proxy, { counts: grown(old?.counts, now.counts), retried: grown(old?.retried, now.retried) }];
    }),
  );
}

function totalOf(growth: CountsOfProxies): number {
  return sum([...growth.values()].flatMap(({ counts }) => Object.values(counts)));
}

/** Version -> answers that no client got, because a proxy tried again. */
export function retriedByVersion(
  growth: CountsOfProxies,
  versionOf: (subset: string) => string,
): ReadonlyMap<string, number> {
  return byVersion(
    [...growth.values()].map(({ retried }) => retried),
    versionOf,
  );
}

function byVersion(counts: readonly SubsetCounts[], versionOf: (subset: string) => string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const one of counts)
    for (const [subset, count] of Object.entries(one))
      sums.set(versionOf(subset), (sums.get(versionOf(subset)) ?? 0) + count);
  return sums;
}

/** One load phase as the proxies counted it. */
export interface WitnessedPhase {
  readonly path: 'ingress' | 'mesh';
  readonly books: BooksReport;
  readonly growth: CountsOfProxies;
  /** When its first judged request was started. */
  readonly sinceMs: number;
}

/**
 * Adds the witness to the books of each phase and says where the two disagree: one finding for the same proxies, however
 * many phases show it.
 * @param versionOf subset -> the version that its pods name themselves with
 */
export function witnessFindings(
  phases: readonly WitnessedPhase[],
  service: { readonly name: string; readonly namespace: string },
  versionOf: (subset: string) => string,
): readonly FindingReport[] {
  const found = phases.flatMap((phase) => disagreement(phase, versionOf) ?? []);
  const groups = Map.groupBy(found, ({ names }) => names.join(', '));
  return [...groups].map(([where, ofProxies]): FindingReport => {
    const [first] = ofProxies;
    const [proxy] = first!.names;
    return {
      code: 'PROXY_ANSWERS_OTHERWISE',
      layer: 'observed',
      severity: 'error',
      sentence: `${where} counted ${ofProxies.map(({ shown }) => shown).join('; ')}: requests routed to a subset were answered by another version.`,
      where,
      hint: 'The endpoints behind the subset are not what its labels say: compare pods, EndpointSlices and EnvoyFilters on clusters.',
      object: `Service ${service.namespace}/${service.name}`,
      field: `endpoints of subset ${first!.subset}`,
      ...(first!.names.length === 1 && proxy !== undefined ? { proxy } : {}),
      atMs: Math.min(...ofProxies.map(({ sinceMs }) => sinceMs)),
    };
  });
}

interface Disagreement {
  readonly names: readonly string[];
  readonly shown: string;
  /** The one of which most answers are missing. */
  readonly subset: string;
  readonly sinceMs: number;
}

function disagreement(
  { path, books, growth, sinceMs }: WitnessedPhase,
  versionOf: (subset: string) => string,
): Disagreement | undefined {
  const sources = [...growth].filter(([, { counts }]) => sum(Object.values(counts)) >= LEAST_REQUESTS);
  if (sources.length === 0) return undefined;
  const answered = byVersion(
    sources.map(([, { counts }]) => counts),
    versionOf,
  );
  const retried = byVersion(
    sources.map(([, counters]) => counters.retried),
    versionOf,
  );
  const count = sum([...answered.values()]);
  const names = sources.map(([proxy]) => proxy);
  const verdict = judgeTwoWitnesses({
    witness: 'Envoy',
    client: books.answeredByArm,
    // attempts, as every other witness counts them
    witnessed: [...answered].map(([arm, last]) => ({ arm, count: last + (retried.get(arm) ?? 0) })),
    retried: [...retried].map(([arm, again]) => ({ arm, count: again })),
    inFlight: books.interrupted + books.errors + books.unattributed + unaccounted(books) + Math.abs(count - books.sent),
    boundary: 0,
    extrapolationSpread: 0,
    alpha: ALPHA,
  });
  const difference = count - books.sent;
  books.witnesses.push({
    name: `Envoy, cluster counters of ${names.join(', ')}`,
    count,
    difference,
    explanation: [explain(difference, books), ...retryNote(verdict)].join('; '),
  });
  // a host that is routed as a whole promises no version
  const promises = !answered.has(WHOLE_HOST);
  const off = promises ? verdict.arms.filter((arm) => !arm.agrees) : [];
  if (off.length === 0) return undefined;
  const clients = path === 'mesh' ? 'in-mesh clients' : 'ingress clients';
  const shown = off.map(
    (arm) => `${arm.arm} ${percent(arm.witnessShare)} where ${clients} got ${percent(arm.clientShare)}`,
  );
  const most = off.reduce((a, b) => (b.difference > a.difference ? b : a)).arm;
  const subsets = sources.flatMap(([, { counts }]) => Object.keys(counts));
  return { names, shown: shown.join('; '), subset: subsets.find((one) => versionOf(one) === most) ?? most, sinceMs };
}

/** Sent, and nobody knows who answered: no sample of them came. */
function unaccounted({ sent, answeredByArm, errors, unattributed, interrupted }: BooksReport): number {
  return Math.max(0, sent - sum(answeredByArm.map(({ count }) => count)) - errors - unattributed - interrupted);
}

function retryNote({ codes, notes }: TwoWitnessVerdict): readonly string[] {
  return notes.filter((_, index) => codes[index] === 'retries');
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
