/** The four-layer ledger and the timeline of the sample rollout, for tests: simulated requests, judged by nobody. */
import type { LedgerReport, ObservedSegmentReport } from '../ledger-report.ts';
import type { TimelineReport } from '../run-report.ts';
import * as schedule from './sample-rollout-schedule.ts';
import { wilson } from './sample-split.ts';

const { CHANGES, END_MS } = schedule;
const WRITER = 'rollouts-controller';

export function sampleLedger(startedAt: number, stale: boolean): LedgerReport {
  const proxies = schedule.acknowledgementLags(stale);
  const entry = (layer: 'git' | 'api', offsetMs: number, share: number, holder: string, rest: object) => ({
    layer,
    atMs: startedAt + offsetMs,
    share,
    holder,
    ...rest,
  });
  return {
    title: 'checkout: share of the canary',
    object: schedule.ROUTE_OBJECT,
    arm: 'canary',
    entries: [
      entry('git', 0, 0, 'deploy/checkout.yaml', { version: '2b90c1de' }),
      entry('git', 8_000, 0, 'deploy/checkout.yaml', { version: '77ac01f4' }),
      ...CHANGES.map((change, index) =>
        entry('api', change.atMs, change.to, schedule.ROUTE_OBJECT, {
          writer: WRITER,
          version: String(2204 + index * 31),
        }),
      ),
      ...proxies.flatMap(({ proxy, lagsMs }) =>
        CHANGES.map((change, index) => ({
          layer: 'xds' as const,
          atMs: startedAt + change.atMs + (lagsMs[index] ?? 0),
          share: change.to,
          holder: proxy,
          version: `2026-11-21T12:0${index}:00Z/${40 + index}`,
        })),
      ),
      ...CHANGES.map((change, index) => ({
        layer: 'observed' as const,
        atMs: startedAt + change.atMs + (proxies[0]?.lagsMs[index] ?? 0) + 20,
        share: change.to,
        holder: 'ingress',
        uncertaintyMs: 85,
      })),
    ],
    changes: CHANGES.map((change, index) => {
      const lags = proxies.map(({ proxy, lagsMs }) => ({ proxy, lagMs: lagsMs[index] ?? 0 }));
      const slowest = Math.max(...lags.map(({ lagMs }) => lagMs));
      const fastest = Math.min(...lags.map(({ lagMs }) => lagMs));
      const at = startedAt + change.atMs;
      const seen = (path: 'ingress' | 'mesh', lagMs: number, halfMs: number) => ({
        path,
        atMs: at + lagMs + 20,
        lowMs: at + lagMs + 20 - Math.min(halfMs, lagMs),
        highMs: at + lagMs + 20 + halfMs,
      });
      return {
        fromShare: change.from,
        toShare: change.to,
        declaredAtMs: at,
        ...(index === 0 ? { gitAtMs: startedAt + 8_000 } : {}),
        proxies: lags.map(({ proxy, lagMs }) => ({ proxy, acknowledgedAtMs: at + lagMs, lagMs })),
        observed: [seen('ingress', fastest, 110 + index * 40), seen('mesh', slowest, 180 + index * 55)],
        skewMs: slowest - fastest,
      };
    }),
    segments: (['ingress', 'mesh'] as const).flatMap((path, index) => segments(path, stale, startedAt, 33 + index)),
  };
}

/** Stretches between true changes, with counts drawn from the truth. */
function segments(path: 'ingress' | 'mesh', stale: boolean, startedAt: number, seed: number): ObservedSegmentReport[] {
  const random = schedule.seededUniform(seed);
  const cuts = [2_000];
  for (let at = 2_000; at < END_MS; at += 20) {
    const before = schedule.shareOfPath(path, stale, at - 20);
    if (schedule.shareOfPath(path, stale, at) !== before && at - (cuts.at(-1) ?? 0) > 1_500) cuts.push(at);
  }
  return cuts.map((startMs, index) => {
    const endMs = cuts[index + 1] ?? END_MS;
    const n = Math.round(((endMs - startMs) / 1000) * schedule.REQUESTS_PER_SECOND[path]);
    const truth = schedule.shareOfPath(path, stale, (startMs + endMs) / 2);
    const count = binomial(n, truth, random);
    const interval = wilson(count, n);
    const declared = CHANGES.findLast((change) => change.atMs <= (startMs + endMs) / 2)?.to ?? 0;
    return {
      path,
      startMs: startedAt + startMs,
      endMs: startedAt + endMs,
      n,
      share: count / n,
      ...interval,
      ...(declared >= interval.low && declared <= interval.high ? { declaredShare: declared } : {}),
    };
  });
}

export function sampleRolloutTimeline(startedAt: number, stale: boolean): TimelineReport {
  const random = schedule.seededUniform(17);
  const event = (offsetMs: number, lane: string, label: string, detail?: string) => ({
    atMs: startedAt + offsetMs,
    lane,
    label,
    ...(detail === undefined ? {} : { detail }),
  });
  return {
    title: 'checkout: share of the canary',
    arm: 'canary',
    object: schedule.ROUTE_OBJECT,
    rollout: schedule.ROLLOUT,
    steps: [
      { atMs: startedAt + CHANGES[0].atMs, label: 'setWeight 10' },
      { atMs: startedAt + CHANGES[1].atMs, label: 'setWeight 25' },
      { atMs: startedAt + CHANGES[2].atMs, label: 'setWeight 50' },
      { atMs: startedAt + schedule.ABORTED_MS, label: 'aborted' },
    ],
    declared: [{ atMs: 0, to: 0 }, ...CHANGES].map((change, index) => ({
      atMs: startedAt + change.atMs,
      share: change.to,
      layer: 'api' as const,
      source: `${schedule.ROUTE_OBJECT}, resourceVersion ${2173 + index * 31}, ${index === 0 ? 'argocd-controller' : WRITER}`,
    })),
    series: (['ingress', 'mesh'] as const).map((path) => ({
      path,
      arm: 'canary',
      bins: Array.from({ length: Math.floor((END_MS - 2_000) / 2_000) }, (_, index) => {
        const from = 2_000 + index * 2_000;
        const n = schedule.REQUESTS_PER_SECOND[path] * 2;
        let count = 0;
        for (let i = 0; i < n; i += 1)
          if (random() < schedule.shareOfPath(path, stale, from + (i / n) * 2_000)) count += 1;
        return { startMs: startedAt + from, endMs: startedAt + from + 2_000, n, share: count / n, ...wilson(count, n) };
      }),
    })),
    events: [
      event(8_000, 'Git', 'commit 77ac01f', 'image checkout:v1 to checkout:v2'),
      event(10_400, 'Argo CD', 'sync started', 'Application shop, revision 77ac01f'),
      event(11_200, 'Argo CD', 'Synced, Progressing'),
      event(11_300, 'pods', 'canary 1/1 ready', 'checkout-6f9d7c5b64-hxw2p'),
      event(44_100, 'pods', 'canary 2/2 ready'),
      event(74_600, 'pods', 'canary 3/3 ready'),
      event(schedule.PODS_GONE_MS, 'pods', 'canary pods gone', 'abortScaleDownDelaySeconds 30'),
      event(schedule.FAULT_MS, 'faults', 'canary answers 5 % errors', 'deterministic, error k iff floor(0.05k) grows'),
      event(2_000, 'k6', 'ingress 300 requests/s', 'constant arrival rate'),
      event(2_000, 'k6', 'in-mesh 200 requests/s'),
      event(END_MS - 400, 'k6', 'ends'),
      event(500, 'harness', 'watching'),
      event(schedule.ANALYSIS_FAILED_MS, 'Rollout', 'AnalysisRun checkout-success failed'),
      event(schedule.ABORTED_MS, 'Rollout', 'Degraded', 'RolloutAborted'),
    ],
  };
}

function binomial(n: number, share: number, random: () => number): number {
  let count = 0;
  for (let i = 0; i < n; i += 1) if (random() < share) count += 1;
  return count;
}
