import { describe, expect, test } from 'vitest';
import { HarnessError } from '../../../harness/errors/harness-error.ts';
import type { RunReport } from '../run-report.ts';
import { sampleReport } from '../samples/sample-report.ts';
import { sampleRolloutReport } from '../samples/sample-rollout-report.ts';
import { compareReports } from './compare-reports.ts';

const onKind = (report: RunReport): RunReport => ({
  ...report,
  run: { ...report.run, id: `${report.run.id}-kind` },
  subject: { ...report.subject, provider: 'kind' },
  components: report.components.map((one) =>
    one.name === 'envoy' ? { ...one, version: '1.36.9', origin: 'own build' } : one,
  ),
});

describe('comparing two runs', () => {
  test('a run agrees with itself, and nothing differs', () => {
    const comparison = compareReports(sampleReport('passed'), sampleReport('passed'));
    expect(comparison.agrees).toBe(true);
    expect(comparison.environment).toEqual([]);
    expect(comparison.claims.map(({ agreement }) => agreement)).toEqual(Array(6).fill('same'));
    expect(
      comparison.shares.map(({ arm, difference }) => [arm, difference?.difference, difference?.withinNoise]),
    ).toEqual([
      ['v3', 0, true],
      ['v3', 0, true],
    ]);
    expect(comparison.sentence).toBe(
      '6 of 6 claims have the same outcome in both runs; 2 of 2 shares are equal within noise.',
    );
  });

  test('passed against failed is a contradiction, explained by share, provider and versions', () => {
    const comparison = compareReports(sampleReport('passed'), onKind(sampleReport('failed')));
    expect(comparison.agrees).toBe(false);
    const [split] = comparison.claims;
    expect(split).toMatchObject({ id: 'bookinfo/split-90-10', agreement: 'contradiction' });
    expect(split?.explanations).toEqual([
      'reviews 90/10, in-mesh from productpage, v3: the shares differ by more than noise.',
      'What else differed: provider, envoy.',
    ]);
    expect(comparison.shares.map(({ path, difference }) => [path, difference?.withinNoise])).toEqual([
      ['ingress', true],
      ['mesh', false],
    ]);
    expect(comparison.sentence).toContain('passed against failed: 1');
  });

  test('an undecided run contradicts nothing', () => {
    const comparison = compareReports(sampleReport('passed'), sampleReport('inconclusive'));
    expect(comparison.claims[0]).toMatchObject({ agreement: 'undecided' });
    expect(comparison.claims[0]?.explanations[0]).toContain('do not contradict');
    expect(comparison.agrees).toBe(false);
  });

  test('claims of one run only are not agreement', () => {
    const report = sampleReport('passed');
    const shorter = { ...report, claims: report.claims.slice(1) };
    expect(compareReports(report, shorter).claims[0]).toMatchObject({ agreement: 'only-first' });
    expect(compareReports(shorter, report).claims.at(-1)).toMatchObject({ agreement: 'only-second' });
    expect(compareReports(shorter, report).agrees).toBe(false);
  });

  test('boundary runs are matched by claim and name', () => {
    const { boundaries, claims } = compareReports(sampleRolloutReport('passed'), sampleRolloutReport('failed'));
    expect(claims[0]?.explanations).toEqual(['Boundary runs that differ: error-rate-inside.']);
    expect(boundaries).toHaveLength(11);
    expect(
      boundaries.filter(({ agreement }) => agreement !== 'same').map(({ name, agreement }) => [name, agreement]),
    ).toEqual([
      ['error-rate-inside', 'contradiction'],
      ['p95-501', 'contradiction'],
      ['one-scrape-burst', 'undecided'],
    ]);
  });

  test('a share that nobody saw is not compared', () => {
    const report = sampleReport('passed');
    const silent = { ...report, splits: report.splits.map((split) => ({ ...split, samples: 0 })) };
    expect(compareReports(report, silent).shares.every(({ difference }) => difference === undefined)).toBe(true);
  });

  test('runs without a common claim are refused', () => {
    const error = (() => {
      try {
        return compareReports(sampleReport('passed'), sampleRolloutReport('passed'));
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(HarnessError);
    expect(error).toMatchObject({ code: 'COMPARE_NOTHING_SHARED', exitCode: 2 });
  });
});
