import { loadImage } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';
import { emptyReport, hostileReport, nothingObserved } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { openChartJs, openChartJsNodeCanvas, openPngRenderer } from './png-renderer.ts';
import { renderPngs } from './render-pngs.ts';

const SLOW = { timeout: 30_000 };

describe('PNG set', () => {
  test('chartjs-node-canvas draws it in a checkout, and the direct adapter draws the same bytes', SLOW, async () => {
    expect((await openPngRenderer()).engine).toBe('chartjs-node-canvas');
    const report = sampleReport('failed');
    const first = await renderPngs(report, await openChartJsNodeCanvas());
    const second = await renderPngs(report, await openChartJs());
    expect([...first.keys()]).toEqual(['traffic-1.png', 'splits.png', 'evidence-1.png', 'evidence-2.png']);
    for (const [name, bytes] of first)
      expect(Buffer.compare(bytes, second.get(name) ?? new Uint8Array()), name).toBe(0);
    const traffic = await loadImage(Buffer.from(first.get('traffic-1.png') ?? []));
    expect([traffic.width, traffic.height]).toEqual([2400, 1040]);
  });

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

  test('nothing to draw, nothing drawn', SLOW, async () => {
    expect((await renderPngs(emptyReport('invalid'))).size).toBe(0);
    expect([...(await renderPngs(nothingObserved('inconclusive'))).keys()]).toEqual(['traffic-1.png']);
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
