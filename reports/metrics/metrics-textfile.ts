/** `metrics.prom`: the text format that node_exporter's textfile collector and Prometheus itself read. */
import type { RunReport } from '../model/run-report.ts';
import { runRegistry } from './run-registry.ts';

export async function renderMetrics(report: RunReport): Promise<string> {
  const text = await (await runRegistry(report)).metrics();
  return text.endsWith('\n') ? text : `${text}\n`;
}
