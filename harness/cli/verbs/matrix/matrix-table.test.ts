import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../errors/harness-error.ts';
import { type MatrixRun, matrixExitCode, matrixLines } from './matrix-table.ts';

const run = (version: string, outcomes: Record<string, string>, change: Partial<MatrixRun> = {}): MatrixRun => ({
  version,
  outcome: 'passed',
  exitCode: EXIT.passed,
  claims: Object.entries(outcomes).map(([id, outcome]) => ({ id, outcome, sentence: `it ${outcome}.` })),
  report: `runs/${version}/report.html`,
  ...change,
});
const matrix = (...runs: MatrixRun[]) => ({ profile: 'gridos', component: 'argo-rollouts', runs });

describe('the matrix', () => {
  it('has a row for each claim and names those that differ', () => {
    const lines = matrixLines(
      matrix(
        run('1.8.5', { 'gridos/a': 'passed', 'gridos/b': 'failed' }, { outcome: 'failed', exitCode: EXIT.failed }),
        run('1.9.2', { 'gridos/a': 'passed', 'gridos/b': 'passed' }),
      ),
    );
    expect(lines.join('\n')).toBe(
      [
        'gridos     argo-rollouts 1.8.5  argo-rollouts 1.9.2',
        'gridos/a   passed               passed',
        'gridos/b   failed               passed',
        'whole run  failed               passed',
        '',
        'gridos/b differs:',
        '  1.8.5: failed: it failed.',
        '  1.9.2: passed: it passed.',
        '',
        '1.8.5: runs/1.8.5/report.html',
        '1.9.2: runs/1.9.2/report.html',
      ].join('\n'),
    );
  });

  it('says that nothing differs, and what had no run', () => {
    expect(matrixLines(matrix(run('1.9.2', { 'gridos/a': 'passed' })))).toContain(
      'Every claim has the same outcome on every release.',
    );
    const { report: _, ...broken } = run('1.7.2', {}, { outcome: 'error', exitCode: EXIT.environment, error: 'no Go' });
    const lines = matrixLines(matrix(broken, run('1.9.2', { 'gridos/a': 'passed' })));
    expect(lines.join('\n')).toMatch(/gridos\/a {3}no run/);
    expect(lines).toContain('1.7.2: no report: no Go');
  });

  it('ends as its worst run', () => {
    const passed = run('1', {});
    expect(matrixExitCode([passed, passed])).toBe(EXIT.passed);
    expect(matrixExitCode([passed, run('2', {}, { exitCode: EXIT.inconclusive })])).toBe(EXIT.inconclusive);
    expect(
      matrixExitCode([run('2', {}, { exitCode: EXIT.environment }), run('3', {}, { exitCode: EXIT.failed }), passed]),
    ).toBe(EXIT.failed);
    expect(matrixExitCode([])).toBe(EXIT.inconclusive);
    // bad input ends a matrix, and where it does not it is no pass
    for (const code of Object.values(EXIT))
      expect(matrixExitCode([passed, run('2', {}, { exitCode: code })]), `${code}`).toBe(code);
  });
});
