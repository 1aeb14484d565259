import { loadImage } from '@napi-rs/canvas';
import { describe, expect, test } from 'vitest';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import { emptyReport, nothingObserved } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { openChartJs, openChartJsNodeCanvas, openPngRenderer } from './png-renderer.ts';
import { renderPngs } from './render-pngs.ts';

const SLOW = { timeout: 30_000 };

describe('PNG set', () => {
  thorough(
    'chartjs-node-canvas draws it in a checkout, and the direct adapter draws the same bytes',
    SLOW,
    async () => {
      expect((await openPngRenderer()).engine).toBe('chartjs-node-canvas');
      const report = sampleReport('failed');
      const first = await renderPngs(report, await openChartJsNodeCanvas());
      const second = await renderPngs(report, await openChartJs());
      expect([...first.keys()]).toEqual(['traffic-1.png', 'splits.png', 'evidence-1.png', 'evidence-2.png']);
      for (const [name, bytes] of first)
        expect(Buffer.compare(bytes, second.get(name) ?? new Uint8Array()), name).toBe(0);
      const traffic = await loadImage(Buffer.from(first.get('traffic-1.png') ?? []));
      expect([traffic.width, traffic.height]).toEqual([2400, 1040]);
    },
  );

  test('nothing to draw, nothing drawn', SLOW, async () => {
    expect((await renderPngs(emptyReport('invalid'))).size).toBe(0);
    expect([...(await renderPngs(nothingObserved('inconclusive'))).keys()]).toEqual(['traffic-1.png']);
  });
});
