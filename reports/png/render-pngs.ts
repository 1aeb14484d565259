/** The PNG set: P1, P3 to P6 and P8 for chats, mails and wikis, where SVG does not show. */
import type { ChartConfiguration } from 'chart.js';
import { mapStrings, onOneLine } from '../model/control-characters.ts';
import { ledgerOf } from '../model/ledger-reading.ts';
import type { RunReport } from '../model/run-report.ts';
import { evidenceConfiguration } from './evidence-png.ts';
import { forestConfiguration } from './forest-png.ts';
import { heatMapConfiguration } from './heat-map-png.ts';
import { percentileConfiguration } from './percentile-png.ts';
import { openPngRenderer, type PngRenderer, type PngSize } from './png-renderer.ts';
import { rollbackConfiguration } from './rollback-png.ts';
import { timelineConfiguration } from './timeline-png.ts';

/** A run with many splits shows the first of them; the HTML report holds all. */
const CHARTS_OF_A_KIND = 12;
const ROW_HEIGHT = 58;
const ROLLBACK_ROW_HEIGHT = 34;

/**
 * File name -> PNG. A chart without data is left out, so the map may be empty.
 * @throws HarnessError PNG_UNAVAILABLE or PNG_NO_FONT (exit 3)
 */
export async function renderPngs(given: RunReport, renderer?: PngRenderer): Promise<ReadonlyMap<string, Uint8Array>> {
  const report = mapStrings(given, onOneLine);
  const charts: [string, ChartConfiguration, PngSize][] = [];
  const add = (name: string, configuration: unknown, size: PngSize) => {
    if (configuration !== undefined) charts.push([name, configuration as ChartConfiguration, size]);
  };
  report.timelines.slice(0, CHARTS_OF_A_KIND).forEach((timeline, index) => {
    add(`traffic-${index + 1}.png`, timelineConfiguration(timeline, ledgerOf(timeline, report.ledgers)), {
      width: 1200,
      height: 520,
    });
  });
  const forest = forestConfiguration(report);
  if (forest !== undefined)
    add('splits.png', forest.configuration, { width: 1200, height: 150 + forest.rows * ROW_HEIGHT });
  report.splits.slice(0, CHARTS_OF_A_KIND).forEach((split, index) => {
    add(`evidence-${index + 1}.png`, evidenceConfiguration(split), { width: 900, height: 520 });
  });
  report.waterfalls.slice(0, CHARTS_OF_A_KIND).forEach((waterfall, index) => {
    const drawn = rollbackConfiguration(waterfall);
    if (drawn !== undefined)
      add(`rollback-${index + 1}.png`, drawn.configuration, {
        width: 1200,
        height: 150 + drawn.rows * ROLLBACK_ROW_HEIGHT,
      });
  });
  report.heatMaps.slice(0, CHARTS_OF_A_KIND).forEach((heatMap, index) => {
    add(`latency-${index + 1}.png`, heatMapConfiguration(heatMap), { width: 1200, height: 640 });
  });
  report.percentiles.slice(0, CHARTS_OF_A_KIND).forEach((percentiles, index) => {
    add(`percentiles-${index + 1}.png`, percentileConfiguration(percentiles), { width: 1000, height: 520 });
  });
  const files = new Map<string, Uint8Array>();
  if (charts.length === 0) return files;
  const opened = renderer ?? (await openPngRenderer());
  for (const [name, configuration, size] of charts) files.set(name, await opened.render(configuration, size));
  return files;
}
