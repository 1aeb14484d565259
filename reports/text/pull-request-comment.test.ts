import { expect, test } from 'vitest';
import { hostileReport } from '../model/samples/hostile-report.ts';
import { sampleLintReport } from '../model/samples/sample-lint-report.ts';
import { sampleReport } from '../model/samples/sample-report.ts';
import { pullRequestMarker, renderPullRequestComment } from './pull-request-comment.ts';

const base = {
  runId: 'r',
  revision: 'b'.repeat(40),
  changes: [{ claimId: 'bookinfo/split-90-10', before: 'passed' as const, after: 'failed' as const }],
};

test('what the change does, the verdicts with n and interval, what is new against base, and how to see it again', () => {
  const report = sampleReport('failed');
  const text = renderPullRequestComment({ name: 'pr', lint: sampleLintReport(), runs: [{ report, base }] });
  expect(text.startsWith(`${pullRequestMarker('pr')}\n## ❌ failed`)).toBe(true);
  expect(text).toContain('- takes reviews from 90/10 to 75/25 on 2 routes');
  expect(text).toMatch(/in-mesh v3: \*\*1\d\.\d\u202f%\*\* \[\d+\.\d+, \d+\.\d+\]\u202f% of 10\u202f%, n [\d\u202f]+/);
  expect(text).toContain('Against base `bbbbbbbbbbbb`: 1 of 6 claims end otherwise.');
  expect(text).toMatch(/❌ failed \| `bookinfo\/split-90-10` .* \| was passed \|/);
  expect(text).toContain('**New against base**: 1 error, 1 warning');
  expect(text).toContain('canaryproof lint --changed-since main');
  expect(text).toContain(report.run.reproduce);
  // only what is new
  expect(text).not.toContain('OBJECT_DUPLICATE');
});

test('without a run of the base branch it says that nothing was compared', () => {
  const text = renderPullRequestComment({
    name: 'pr',
    lint: undefined,
    runs: [{ report: sampleReport('passed'), base: undefined }],
  });
  expect(text).toContain('nothing is compared');
  expect(text).toContain('✅ passed');
});

test("GitHub's limit is kept, rows are left out and counted, and the way to see it again stays", () => {
  const [finding] = sampleLintReport().findings;
  const findings = Array.from({ length: 3000 }, (_, index) => ({ ...finding!, file: `app/file-${index}.yaml` }));
  const lint = sampleLintReport({ findings, changes: Array.from({ length: 500 }, () => 'x'.repeat(5000)) });
  const runs = [sampleReport('failed'), sampleReport('passed')].map((report) => ({ report, base }));
  const text = renderPullRequestComment({ name: 'pr', lint, runs });
  expect(text.length).toBeLessThanOrEqual(65_536);
  expect(text).toContain('do not fit here');
  expect(text).toContain(sampleReport('failed').run.reproduce);
});

test('text of others is text: no markup, no pings, no second marker', () => {
  const lint = sampleLintReport({ changes: ['<!-- canaryproof:pr --> @team <img src=x> | a\nb'] });
  const text = renderPullRequestComment({
    name: 'pr -->',
    lint,
    runs: [{ report: hostileReport('failed', '<img src=x> @team <!-- canaryproof:pr -->'), base: undefined }],
  });
  // code shows what it holds
  const prose = text.replaceAll(/^(`{3,})\n[\s\S]*?\n\1$/gm, '').replaceAll(/(`+)[^`]+\1/g, '');
  expect(prose.match(/<!--/g)).toHaveLength(1);
  expect(prose).not.toContain('@team');
  expect(prose).not.toContain('<img');
});
