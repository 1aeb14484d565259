import { expect, test } from 'vitest';
import type { FindingReport } from '../../reports/model/run-report.ts';
import { mergeFindings } from './merge-findings.ts';

const stale: FindingReport = {
  ...{ code: 'XDS_WEIGHTS_DIFFER', layer: 'xds', severity: 'error', sentence: 'the proxy of page holds 90/10' },
  ...{ object: 'VirtualService bookinfo/reviews', field: 'RDS of bookinfo/page', proxy: 'bookinfo/page', atMs: 7 },
};
const claimed = (id: string, ...findings: FindingReport[]) => ({
  claim: { id, title: id, outcome: 'failed' as const, sentence: '', details: [], durationMs: 0 },
  findings,
});

test('one difference that two claims met is one finding, which names both', () => {
  const merged = mergeFindings([claimed('split', stale), claimed('commit', stale), claimed('split', stale)]);
  expect(merged).toEqual([{ ...stale, claimIds: ['split', 'commit'] }]);
});

test('what was known last is said, and nothing gets milder', () => {
  const later = { ...stale, severity: 'warning' as const, sentence: 'it took 5.0 s' };
  expect(mergeFindings([claimed('split', stale), claimed('commit', later)])).toEqual([
    { ...stale, sentence: 'it took 5.0 s', claimIds: ['split', 'commit'] },
  ]);
});

test.each([
  ['code', { code: 'XDS_REJECTED' }],
  ['object', { object: 'VirtualService bookinfo/ratings' }],
  ['field', { field: 'LDS of bookinfo/page' }],
  ['proxy', { proxy: 'bookinfo/details' }],
  ['time', { atMs: 8 }],
])('another %s is another finding', (_, change) => {
  expect(mergeFindings([claimed('split', stale, { ...stale, ...change })])).toHaveLength(2);
});

test.each([{}, { object: 'AnalysisRun gridos/a' }])(
  'without a time they are the same only in the same words: %o',
  (pointers) => {
    const base = { code: 'SILENT', layer: 'instrument', severity: 'warning' } as const;
    const silent: FindingReport = { ...base, ...pointers, sentence: 'nothing of a' };
    const other = { ...silent, sentence: 'nothing of b' };
    const merged = mergeFindings([claimed('split', silent), claimed('commit', silent, other)]);
    expect(merged.map(({ sentence, claimIds }) => [sentence, claimIds])).toEqual([
      ['nothing of a', ['split', 'commit']],
      ['nothing of b', ['commit']],
    ]);
  },
);
