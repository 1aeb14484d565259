import { describe, expect, test } from 'vitest';
import { readPipeline } from './read-pipeline.ts';
import { type DeclaredScan, scanFindings } from './scan-rules.ts';

const PATH = '.github/workflows/ci.yaml';

/** A workflow with one scanning job, and one that deploys after it. */
function found(
  steps: string,
  scan: Omit<DeclaredScan, 'job'>,
  files: Readonly<Record<string, string>> = {},
  needs = 'scan',
) {
  const text = `on: push\njobs:\n  scan:\n    steps:\n${steps.replace(/^/gm, '      ')}\n  deploy:\n    needs: [${needs}]\n    steps: []\n`;
  const pipeline = readPipeline([{ path: PATH, text }], PATH);
  if (!('jobs' in pipeline)) throw new TypeError(pipeline.sentence);
  const stages = [
    { name: 'build', jobs: ['build'] },
    { name: 'deploy', jobs: ['deploy'] },
  ];
  return scanFindings(pipeline, { job: 'scan', ...scan }, stages, (path) => files[path]);
}

describe('scanners that fail', () => {
  test.each([
    ['trivy', '- run: trivy fs --exit-code=1 .', 'high'],
    [
      'trivy',
      '- uses: aquasecurity/trivy-action@0.33.1\n  with: { exit-code: 1, severity: "MEDIUM,HIGH,CRITICAL" }',
      'medium',
    ],
    ['trivy', '- run: trivy image app\n  env: { TRIVY_EXIT_CODE: 1, TRIVY_SEVERITY: "HIGH,CRITICAL" }', 'high'],
    ['grype', '- uses: anchore/scan-action@v6', 'medium'],
    ['grype', '- run: grype dir:. --fail-on high', 'high'],
    ['gitleaks', '- uses: gitleaks/gitleaks-action@v2', undefined],
    ['snyk', '- run: snyk container test app --severity-threshold=medium', 'high'],
    ['sonarqube', '- uses: SonarSource/sonarqube-quality-gate-action@v1', undefined],
    ['checkov', '- run: checkov -d terraform', undefined],
    ['semgrep', '- run: semgrep ci', undefined],
    ['semgrep', '- run: semgrep scan --error .', undefined],
    ['npm-audit', '- run: npm audit --audit-level=high', 'high'],
    ['tflint', '- run: tflint --recursive', undefined],
  ] as const)('%s: %s', (tool, steps, severity) => {
    expect(found(steps, { tool, severity })).toEqual([]);
  });

  test('sonarqube by the settings of the repository', () => {
    const steps = '- uses: SonarSource/sonarqube-scan-action@v6';
    const properties = { 'sonar-project.properties': 'sonar.qualitygate.wait=true\n' };
    expect(found(steps, { tool: 'sonarqube' }, properties)).toEqual([]);
  });
});

describe('scanners that cannot fail', () => {
  test.each([
    ['trivy', '- run: trivy fs .', /exit code 0 whatever it finds/],
    ['trivy', '- uses: aquasecurity/trivy-action@0.33.1', /exit code 0/],
    ['trivy', '- run: trivy fs --exit-code 1 . || true', /swallowed/],
    ['grype', '- run: grype dir:.', /no --fail-on/],
    ['grype', '- uses: anchore/scan-action@v6\n  with: { fail-build: false }', /fail-build is false/],
    ['gitleaks', '- run: gitleaks git --exit-code 0 .', /set to 0/],
    ['snyk', '- run: snyk monitor', /only reports/],
    ['snyk', '- uses: snyk/actions/node@v1\n  with: { command: monitor }', /only reports/],
    ['sonarqube', '- uses: SonarSource/sonarqube-scan-action@v6', /quality gate/],
    ['checkov', '- run: checkov -d . --soft-fail', /softly/],
    ['semgrep', '- run: semgrep scan --config auto .', /no --error/],
    ['npm-audit', '- run: npm audit --audit-level=none', /none/],
    ['codeql', '- uses: github/codeql-action/analyze@v3', /only reports/],
    ['tflint', '- run: tflint\n  continue-on-error: true', /continues on error/],
    ['tflint', '- run: tflint\n  continue-on-error: ${{ inputs.soft }}', /an expression decides/],
    ['tflint', '- run: tflint\n  if: false', /never runs/],
  ])('%s: %s', (tool, steps, sentence) => {
    const findings = found(steps, { tool });
    expect(findings).toMatchObject([{ code: 'SCAN_CANNOT_FAIL', where: `${PATH}:5:9` }]);
    expect(findings[0]?.sentence).toMatch(sentence);
  });
});

test('severities that are let pass', () => {
  const grype = '- uses: anchore/scan-action@v6\n  with: { severity-cutoff: critical }';
  expect(found(grype, { tool: 'grype', severity: 'high' })).toMatchObject([
    { code: 'SCAN_SEVERITY_IGNORED', sentence: 'grype fails for critical, and not for everything from high on' },
  ]);
  expect(found('- run: tflint', { tool: 'tflint', severity: 'high' })).toMatchObject([
    { code: 'SCAN_SEVERITY_IGNORED', sentence: 'at what severity tflint fails cannot be read here' },
  ]);
});

test.each(['continue-on-error: true', 'if: false'])('a scanning job that cannot fail: %s', (said) => {
  const text = `on: push\njobs:\n  scan:\n    ${said}\n    steps: [{ run: tflint }]\n`;
  const pipeline = readPipeline([{ path: PATH, text }], PATH);
  if (!('jobs' in pipeline)) throw new TypeError(pipeline.sentence);
  expect(scanFindings(pipeline, { job: 'scan', tool: 'tflint' }, [], () => undefined)).toMatchObject([
    { code: 'SCAN_CANNOT_FAIL', where: `${PATH}:3:3` },
  ]);
});

describe('a scan in a job of a called workflow', () => {
  const CALLED = '.github/workflows/scan.yaml';
  function within(said: string) {
    const text = `on: push\njobs:\n  scan: { uses: ./${CALLED} }\n  deploy: { needs: scan, steps: [] }\n`;
    const called = `on: workflow_call\njobs:\n  inner:\n    ${said}\n    steps: [{ run: tflint }]\n`;
    const files = [
      { path: PATH, text },
      { path: CALLED, text: called },
    ];
    const pipeline = readPipeline(files, PATH);
    if (!('jobs' in pipeline)) throw new TypeError(pipeline.sentence);
    return scanFindings(
      pipeline,
      { job: 'scan', tool: 'tflint' },
      [{ name: 'deploy', jobs: ['deploy'] }],
      () => undefined,
    );
  }

  test.each([
    ['continue-on-error: true', 'tflint cannot fail the pipeline: its job continues on error'],
    [
      'continue-on-error: ${{ inputs.soft }}',
      'tflint cannot fail the pipeline: an expression decides whether its job continues on error',
    ],
    ['if: false', 'tflint cannot fail the pipeline: its job never runs'],
  ])('that has %s', (said, sentence) => {
    expect(within(said)).toMatchObject([{ code: 'SCAN_CANNOT_FAIL', sentence }]);
  });

  test('that only some changes meet', () => {
    expect(within("if: github.ref == 'refs/heads/main'")).toMatchObject([
      { code: 'SCAN_CONDITIONAL', severity: 'warning' },
    ]);
    expect(within('if: always()')).toEqual([]);
  });
});

test.each([
  'echo gitleaks git .',
  'printf "%s" gitleaks git',
  'brew install gitleaks jq',
  'apk add --no-cache gitleaks git',
  'docker pull example.com/gitleaks :latest',
  'cd tools && go install gitleaks git',
  'command -v gitleaks || true',
])('a scan that is only named: %s', (run) => {
  expect(found(`- run: ${run}`, { tool: 'gitleaks' })).toMatchObject([{ code: 'SCAN_MISSING' }]);
});

test.each([
  'sudo gitleaks git .',
  'echo begin && gitleaks git .',
  'apk add gitleaks git && gitleaks git .',
  'docker run --rm example.com/gitleaks git .',
])('a scan that is started: %s', (run) => {
  expect(found(`- run: ${run}`, { tool: 'gitleaks' })).toEqual([]);
});

test('a scan that nothing waits for, and one that is not there', () => {
  expect(found('- run: tflint', { tool: 'tflint' }, {}, '')).toMatchObject([{ code: 'SCAN_STOPS_NOTHING' }]);
  expect(found('- run: echo tflint-like', { tool: 'tflint' })).toMatchObject([{ code: 'SCAN_MISSING' }]);
  expect(found('- run: trivy --version', { tool: 'trivy' })).toMatchObject([{ code: 'SCAN_MISSING' }]);
});

test('a scan that only some changes meet is told, and does not fail the claim', () => {
  const steps = "- run: tflint\n  if: github.ref == 'refs/heads/main'";
  expect(found(steps, { tool: 'tflint' })).toMatchObject([{ code: 'SCAN_CONDITIONAL', severity: 'warning' }]);
  expect(found('- run: tflint\n  if: always()', { tool: 'tflint' })).toEqual([]);
});
