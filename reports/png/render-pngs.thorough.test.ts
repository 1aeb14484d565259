/** Pictures of every kind of report: drawing takes its time; render-pngs.test.ts draws one. */
import './render-pngs.test.ts';
import { describe, expect, test } from 'vitest';
import { hostileReport } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { openPngRenderer } from './png-renderer.ts';
import { renderPngs } from './render-pngs.ts';

const SLOW = { timeout: 30_000 };

describe('PNG set', () => {
  test('labels are drawn: another title changes the picture', SLOW, async () => {
    const renderer = await openPngRenderer();
    const report = sampleReport('passed');
    const titled = (title: string) => ({
      ...report,
      splits: [],
      timelines: report.timelines.map((one) => ({ ...one, title })),
    });
    const [a, b] = [await renderPngs(titled('one'), renderer), await renderPngs(titled('two'), renderer)];
    expect(
      Buffer.compare(a.get('traffic-1.png') ?? new Uint8Array(), b.get('traffic-1.png') ?? new Uint8Array()),
    ).not.toBe(0);
  });

  test('a rollback, its latency and its quantiles are drawn from what was measured', SLOW, async () => {
    const renderer = await openPngRenderer();
    const [passed, failed] = [sampleRolloutReport('passed'), sampleRolloutReport('failed')];
    const [a, b] = [await renderPngs(passed, renderer), await renderPngs(failed, renderer)];
    expect([...a.keys()]).toEqual(['traffic-1.png', 'rollback-1.png', 'latency-1.png', 'percentiles-1.png']);
    for (const [name, bytes] of a) expect(Buffer.compare(bytes, b.get(name) ?? bytes), name).not.toBe(0);
  });

  test('hostile names are only text', SLOW, async () => {
    expect([...(await renderPngs(hostileReport('failed', '<script>\u0000\u202e'))).keys()]).toEqual([
      'traffic-1.png',
      'traffic-2.png',
      'splits.png',
      'evidence-1.png',
      'evidence-2.png',
      'rollback-1.png',
      'latency-1.png',
      'percentiles-1.png',
    ]);
  });
});
