import { describe, expect, test } from 'vitest';
import { hostileReport } from '../model/samples/hostile-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { renderGithubAnnotations } from './github-annotations.ts';
import { renderNdjson } from './ndjson-lines.ts';

describe('GitHub annotations', () => {
  test('findings point at file, line and column', () => {
    expect(renderGithubAnnotations(sampleReport('failed'))).toContain(
      '::error title=SPLIT_REFUTED (observed),file=canary/virtual-service.yaml,line=14,col=7::In-mesh requests to reviews are not split 90/10.\n',
    );
  });

  test('a passed run has no error', () => {
    expect(renderGithubAnnotations(sampleReport('passed'))).toMatch(/^::notice [^\n]*\n$/);
  });

  test('at most ten of a kind, the last saying how many are left', () => {
    const report = sampleReport('passed');
    const finding = { code: 'X', layer: 'git' as const, severity: 'warning' as const, sentence: 's' };
    const lines = renderGithubAnnotations({ ...report, findings: Array.from({ length: 25 }, () => finding) })
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(10);
    expect(lines[9]).toBe('::warning title=16 more::16 more of this kind are in the report.');
  });

  test('no text can start a command of its own or end its property', () => {
    const lines = renderGithubAnnotations(hostileReport('failed', '\n::set-output name=x::y,file=z%0A\r'))
      .trimEnd()
      .split('\n');
    for (const line of lines)
      expect(line).toMatch(/^::(error|warning|notice) title=[^:,]*(,file=[^:,]*,line=\d+(,col=\d+)?)?::/);
  });
});

describe('ndjson', () => {
  test('every line is one object with type and run, the verdict last', () => {
    const report = hostileReport('invalid', 'a\nb\u2028"');
    const lines = renderNdjson(report)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; runId: string; outcome?: string });
    expect(lines.every((line) => line.runId === report.run.id)).toBe(true);
    expect(lines.map((line) => line.type).filter((type) => type === 'claim')).toHaveLength(report.claims.length);
    expect(lines.at(-1)).toMatchObject({ type: 'verdict', outcome: 'invalid' });
  });
});
