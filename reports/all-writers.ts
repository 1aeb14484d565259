/** Every report of a run as path -> content, relative to the run directory; nothing is written here. */
import { HarnessError } from '../harness/errors/harness-error.ts';
import type { RunReport } from './model/run-report.ts';

/**
 * The writers are loaded when needed: charts must not slow down `--help`.
 * Where PNG charts cannot be drawn (no font, no canvas for this platform) `png/not-drawn.txt` says why: the verdict
 * must not be lost with a picture.
 * @throws HarnessError REPORT_UNWRITABLE (exit 70)
 */
export async function renderAll(report: RunReport): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const [json, page, junit, markdown, metrics, png] = await Promise.all([
    import('./model/read-run-report.ts'),
    import('./html/report-page.ts'),
    import('./junit/junit-xml.ts'),
    import('./text/markdown-summary.ts'),
    import('./metrics/metrics-textfile.ts'),
    import('./png/render-pngs.ts'),
  ]);
  const files = new Map<string, string | Uint8Array>([
    ['result.json', json.renderRunReportJson(report)],
    ['report.html', page.renderHtmlReport(report)],
    ['junit.xml', junit.renderJunitXml(report)],
    ['summary.md', markdown.renderMarkdown(report, { reportPath: 'report.html' })],
    ['metrics.prom', await metrics.renderMetrics(report)],
  ]);
  try {
    for (const [name, bytes] of await png.renderPngs(report)) files.set(`png/${name}`, bytes);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    files.set('png/not-drawn.txt', `${error.code}: ${error.message}\n${error.hint ?? ''}\n`);
  }
  return files;
}
