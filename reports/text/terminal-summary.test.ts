import { describe, expect, test } from 'vitest';
import { fewOf } from '../../harness/testkit/runner/thorough.ts';
import type { OutcomeReport } from '../model/run-report.ts';
import { emptyReport, hostileReport, nothingObserved } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { sampleRolloutReport } from '../model/samples/sample-rollout-report.ts';
import { displayWidth } from './display-width.ts';
import { renderTerminalSummary } from './terminal-summary.ts';

const OUTCOMES: readonly OutcomeReport[] = ['passed', 'failed', 'inconclusive', 'invalid'];
const PLAIN = { width: 100, colour: false, ascii: false };

describe('terminal summary', () => {
  test('the verdict comes first, the report path last', () => {
    const lines = renderTerminalSummary(sampleReport('failed'), { ...PLAIN, reportPath: 'runs/a/report.html' }).split(
      '\n',
    );
    expect(lines[1]).toMatch(/^✗ FAILED: reviews v3 got/);
    expect(lines.slice(-3)).toEqual([
      'reproduce: canaryproof conform bookinfo --seed 7f3a91 --component istio=1.28.0',
      'report:    runs/a/report.html',
      '',
    ]);
  });

  test('each split has its line, each error its hint', () => {
    const text = renderTerminalSummary(sampleReport('failed'), { ...PLAIN, width: 120 });
    expect(text).toMatch(/v3: Declared 10 % · Observed 9\.7 % \[8\.0, 11\.5\] % · n 4 000 · evidence against/);
    expect(text).toContain('hint: Look at `istioctl proxy-status`');
  });

  test.each(fewOf(2, OUTCOMES))(
    '%s: no line is wider than the terminal, except commands that must stay whole',
    (outcome) => {
      for (const width of [40, 60, 80, 120]) {
        const text = renderTerminalSummary(sampleReport(outcome), { ...PLAIN, width });
        const wide = text.split('\n').filter((line) => displayWidth(line) > width && !line.startsWith('reproduce:'));
        expect(wide).toEqual([]);
      }
    },
  );

  test('a rollout: what did not end as declared, the lag, the way back, what was lost', () => {
    const report = sampleRolloutReport('failed');
    const text = renderTerminalSummary(report, { ...PLAIN, width: 120 });
    for (const part of [
      '- boundary runs: 8 of 11 ended as declared',
      '✗ error-rate-inside: declared error rate > 1 % for 2 min',
      '- VirtualService shop/checkout 50 % → 0 %: 3 of 3 proxies within 9.38 s, clients after 9.05 s to 9.74 s',
      'aborted after 33.2 s, last canary answer after 42.7 s',
      '✗ oracle: 8 of 9 measurements agree',
      '42 of 82 400 lost (0 allowed), 503 injected',
    ])
      expect(text).toContain(part);
    for (const width of [40, 80]) {
      const lines = renderTerminalSummary(report, { ...PLAIN, width }).split('\n');
      expect(lines.filter((line) => displayWidth(line) > width && !line.startsWith('reproduce:'))).toEqual([]);
    }
    const ascii = renderTerminalSummary(report, { ...PLAIN, ascii: true });
    expect(ascii).toMatch(/^[\n -~]*$/);
    expect(ascii).toContain('50 % -> 0 %');
  });

  test('ASCII is ASCII, colour only when asked', () => {
    for (const outcome of OUTCOMES) {
      const ascii = renderTerminalSummary(sampleReport(outcome), { ...PLAIN, ascii: true });
      expect(ascii).toMatch(/^[\n -~]*$/);
      expect(ascii).not.toContain('?n');
      expect(renderTerminalSummary(sampleReport(outcome), { ...PLAIN, colour: true })).toContain('\u001b[');
    }
  });

  test('nothing from outside reaches the terminal as a command', () => {
    const text = renderTerminalSummary(hostileReport('failed', '\u001b]0;x\u0007\u001b[2J\r\n\u009b'), PLAIN);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test('colours name the outcome', () => {
    const first = (outcome: OutcomeReport) =>
      renderTerminalSummary(sampleReport(outcome), { ...PLAIN, colour: true }).split('\n')[1];
    expect(first('passed')).toContain('\u001b[32m');
    expect(first('failed')).toContain('\u001b[31m');
    expect(first('inconclusive')).toContain('\u001b[33m');
    expect(first('invalid')).toContain('\u001b[35m');
  });

  test('runs without data and interrupted runs say so', () => {
    expect(renderTerminalSummary(emptyReport('invalid'), PLAIN)).toContain('No claim was judged');
    expect(renderTerminalSummary(nothingObserved('inconclusive'), PLAIN)).toContain('Nothing observed');
    const report = sampleReport('failed');
    expect(renderTerminalSummary({ ...report, run: { ...report.run, interrupted: true } }, PLAIN)).toContain(
      'interrupted',
    );
  });
});
