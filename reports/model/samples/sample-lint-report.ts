/** A lint report with one finding of every kind and text that wants to be markup: for tests of the writers. */
import { LINT_REPORT_SCHEMA_VERSION, type LintFinding, type LintReport } from '../lint-report.ts';

export function sampleLintReport(overrides: Partial<LintReport> = {}): LintReport {
  return {
    schemaVersion: LINT_REPORT_SCHEMA_VERSION,
    tool: { name: 'canaryproof', version: '0.1.0' },
    repository: 'shop',
    paths: [],
    changedSince: { reference: 'main', commit: 'a'.repeat(40) },
    outcome: 'failed',
    failOn: 'error',
    counts: { error: 1, warning: 1, info: 1 },
    changes: ['takes reviews from 90/10 to 75/25 on 2 routes'],
    ended: ['ROUTE_SUBSET_MISSING: VirtualService reviews routes to subset v3'],
    units: [
      { name: 'Application argocd/shop', kind: 'application', objects: 4 },
      { name: 'folder tools', kind: 'folder', objects: 1 },
    ],
    findings: [
      {
        ...found('ROUTE_WEIGHTS_SUM', 'error', 12),
        sentence: 'VirtualService reviews has weights that sum to 90, not 100 <b>&"\'',
        hint: 'Istio divides by 90.',
        value: '.Values.weight (chart/values.yaml:3)',
        frame: { firstLine: 11, lines: ['      route:', '        - weight: 90 # \u001b[31m', '        - weight: 0'] },
      },
      { ...found('ROUTE_NOT_IN_MESH', 'warning', 3), column: 9 },
      { ...found('UNIT_NOT_JUDGED', 'info', 1), units: [] },
      { ...found('OBJECT_DUPLICATE', 'error', 30), state: 'ignored', reason: 'twins on purpose' },
      { ...found('OBJECT_DUPLICATE', 'error', 40), state: 'old' },
      { ...found('SUBSET_WITHOUT_PODS', 'error', 50), state: 'baseline' },
      wholeRepository(),
    ],
    notJudged: [{ path: 'bug/dump.yaml', why: 'is a dump of live objects' }],
    ...overrides,
  };
}

function found(code: string, severity: LintFinding['severity'], line: number): LintFinding {
  return {
    code,
    severity,
    sentence: `a sentence about ${code}`,
    file: 'app/my routes.yaml',
    line,
    column: 1,
    units: ['Application argocd/shop'],
    state: 'new',
    fingerprint: `${code}-${line}`,
  };
}

function wholeRepository(): LintFinding {
  const { file: _file, line: _line, column: _column, ...rest } = found('LINT_NO_REPOSITORY', 'info', 1);
  return { ...rest, units: [] };
}
