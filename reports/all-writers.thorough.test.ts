import { expect, test } from 'vitest';
import { renderAll } from './all-writers.ts';
import { readRunReport } from './model/read-run-report.ts';
import { sampleReport } from './model/samples/sample-report.ts';

test('a run leaves all its reports, and they can be remade from result.json byte for byte', {
  timeout: 30_000,
}, async () => {
  const files = await renderAll(sampleReport('failed'));
  expect([...files.keys()]).toEqual([
    'result.json',
    'report.html',
    'junit.xml',
    'summary.md',
    'metrics.prom',
    'png/traffic-1.png',
    'png/splits.png',
    'png/evidence-1.png',
    'png/evidence-2.png',
  ]);
  const again = await renderAll(readRunReport(String(files.get('result.json')), 'result.json'));
  for (const [name, content] of files)
    expect(Buffer.compare(Buffer.from(content), Buffer.from(again.get(name) ?? '')), name).toBe(0);
});
