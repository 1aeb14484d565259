import { describe, expect, test } from 'vitest';
import type { RunReport } from '../model/run-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { PAGE_LIMIT_BYTES } from './page-detail.ts';
import { renderHtmlReport } from './report-page.ts';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('the page of a whole night', () => {
  test('a night of data stays under the limit', { timeout: 30_000 }, () => {
    const page = renderHtmlReport(hugeReport());
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(PAGE_LIMIT_BYTES);
    expect(page).toMatch(/each row merges \d+ bins/);
    expect(page).toContain('more characters are in the run directory');
    expect(page).toContain('in less detail');
  });

  test('a night of rollouts stays under the limit and says what is left out', { timeout: 60_000 }, () => {
    const page = renderHtmlReport(manyRollouts(30));
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(PAGE_LIMIT_BYTES);
    for (const what of ['ledgers', 'timelines', 'heat-maps', 'rollbacks', 'error ledgers', 'boundary runs'])
      expect(plain(page)).toMatch(new RegExp(`[\\d ]+ more ${what} are in result\\.json`));
  });
});

/** Four timelines of three hours in 1 s bins, thirty splits with long trajectories, a megabyte of manifests. */
function hugeReport(): RunReport {
  const report = sampleReport('failed');
  const [split] = report.splits;
  const [timeline] = report.timelines;
  if (split === undefined || timeline === undefined) throw new Error('the sample is empty');
  const bins = Array.from({ length: 10_800 }, (_, index) => {
    const startMs = report.run.startedAt + index * 1000;
    return { startMs, endMs: startMs + 1000, n: 500, share: 0.1 + (index % 7) / 1000, low: 0.07, high: 0.14 };
  });
  const events = Array.from({ length: 3000 }, (_, index) => ({
    atMs: report.run.startedAt + index * 3600,
    lane: `lane ${index % 6}`,
    label: `event ${index}`,
  }));
  const trajectory = Array.from({ length: 20_000 }, (_, n) => ({
    n: n + 1,
    logE: Math.sin(n),
    logLambdaHigh: -n / 4000,
    logLambdaLow: -n / 5000,
  }));
  return {
    ...report,
    timelines: Array.from({ length: 4 }, () => ({
      ...timeline,
      events,
      series: timeline.series.map((one) => ({ ...one, bins })),
    })),
    splits: Array.from({ length: 30 }, (_, index) => ({ ...split, id: `split-${index}`, trajectory })),
    findings: Array.from({ length: 5000 }, (_, index) => ({
      code: 'X',
      layer: 'xds' as const,
      severity: 'warning' as const,
      sentence: `finding ${index}`,
    })),
    appendix: {
      ...report.appendix,
      manifests: Array.from({ length: 100 }, (_, index) => ({
        path: `m${index}.yaml`,
        sha256: 'ab'.repeat(32),
        text: 'kind: Service\n'.repeat(800),
      })),
      files: Array.from({ length: 4000 }, (_, index) => ({
        path: `files/${index}`,
        bytes: index,
        sha256: 'cd'.repeat(32),
      })),
    },
  };
}

/** That many rollouts side by side, each with an hour of latency in 2 s bins and long analyses. */
function manyRollouts(n: number): RunReport {
  const report = sampleRolloutReport('failed');
  const repeat = <T>(list: readonly T[], change: (one: T, index: number) => T): T[] =>
    Array.from({ length: n }, (_, index) => list.map((one) => change(one, index))).flat();
  return {
    ...report,
    timelines: repeat(report.timelines, (one, index) => ({ ...one, object: `object ${index}` })),
    ledgers: repeat(report.ledgers, (one, index) => ({ ...one, object: `object ${index}` })),
    heatMaps: repeat(report.heatMaps, (one) => ({
      ...one,
      tracks: one.tracks.map((track) => ({
        ...track,
        bins: Array.from({ length: 1800 }, (_, index) => {
          const bin = track.bins[index % track.bins.length];
          if (bin === undefined) throw new Error('the sample has no bin');
          const startMs = report.run.startedAt + index * 2000;
          return { ...bin, startMs, endMs: startMs + 2000 };
        }),
      })),
    })),
    percentiles: repeat(report.percentiles, (one) => one),
    waterfalls: repeat(report.waterfalls, (one) => one),
    errorLedgers: repeat(report.errorLedgers, (one) => one),
    analyses: repeat(report.analyses, (one) => ({
      ...one,
      measurements: Array.from(
        { length: 200 },
        (_, index) => one.measurements[index % 5] ?? one.measurements[0],
      ).filter((measurement) => measurement !== undefined),
    })),
    boundaries: repeat(report.boundaries, (one, index) => ({ ...one, name: `${one.name} ${index}` })),
  };
}
