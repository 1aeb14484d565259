import { describe, expect, test } from 'vitest';
import type { BoundaryReport } from '../rollout-report.ts';
import type { FindingReport, RunReport } from '../run-report.ts';
import { sampleReport } from '../samples/sample-report.ts';
import { sampleRolloutReport } from '../samples/sample-rollout-report.ts';
import { countText, sinceText } from './cause-words.ts';
import { causesOf, firstSentence } from './causes.ts';
import { tidyNumbers } from './tidy-numbers.ts';

const claim = (id: string, outcome: RunReport['outcome'], sentence = `${id} is what it is.`) => ({
  id,
  title: id,
  outcome,
  sentence,
  details: [],
  durationMs: 1000,
});
const finding = (code: string, sentence: string, more: Partial<FindingReport> = {}): FindingReport => ({
  code,
  layer: 'observed',
  severity: 'error',
  sentence,
  ...more,
});
const trial = (name: string, more: Partial<BoundaryReport> = {}): BoundaryReport => ({
  claimId: 'rollback',
  name,
  declared: 'success-rate: success-rate >= 99',
  injected: '22/2250 errors (0.978 %), 60/s',
  side: 'inside',
  expected: 'promoted',
  observed: 'promoted; success-rate Successful at [98.2]; 3 requests were lost, where none may be',
  lostRequests: 3,
  measurements: 4,
  oracleAgrees: 4,
  outcome: 'failed',
  ...more,
});
const told = (report: Partial<Pick<RunReport, 'claims' | 'findings' | 'boundaries' | 'splits'>>) => ({
  claims: [claim('rollback', 'failed')],
  findings: [],
  boundaries: [],
  splits: [],
  ...report,
});

describe('causes of a run that did not pass', () => {
  test('six trials that lost requests are one cause, met six times', () => {
    const names = ['a-inside', 'a-outside', 'b-inside', 'b-outside', 'c-inside', 'c-outside'];
    const causes = causesOf(
      told({
        findings: names.map((name, i) =>
          finding('REQUESTS_LOST', `${name}: ${i + 1} of 2250 requests were lost: ${i + 1} × no answer at all.`, {
            where: `namespace-of-${name}`,
            hint: 'Look at the endpoints.',
            claimIds: ['rollback'],
          }),
        ),
        boundaries: names.map((name) => trial(name)),
      }),
    );
    expect(causes).toHaveLength(1);
    expect(causes[0]).toMatchObject({ code: 'REQUESTS_LOST', count: 6, firstStep: 'Look at the endpoints.' });
    expect(causes[0]!.sentence).toBe('1 of 2250 requests were lost: 1 × no answer at all.');
    expect(countText(causes[0]!)).toBe('6 times: a-inside, a-outside, b-inside, b-outside and 2 more');
    expect(sinceText(causes[0]!)).toBe('first met in rollback');
  });

  test('a place where it was met more than once is named once', () => {
    const causes = causesOf(
      told({
        findings: ['25', '50', '100', '25', '50'].map((share, i) =>
          finding(
            'STEP_MISSING',
            `${i < 3 ? 'Ingress' : 'In-mesh'} clients: Clients never got the declared ${share} %.`,
            {
              claimIds: ['rollback'],
            },
          ),
        ),
      }),
    );
    expect(causes.map((cause) => countText(cause))).toEqual(['5 times: 3 × Ingress clients, 2 × In-mesh clients']);
  });

  test('three unrelated failures are three causes, the one met most often first, with the moment each began', () => {
    const causes = causesOf(
      told({
        claims: [claim('split', 'failed'), claim('rollback', 'failed'), claim('hpa', 'failed'), claim('up', 'passed')],
        findings: [
          finding('XDS_STALE', 'proxy a holds 85/15.', { layer: 'xds', atMs: 20_000, claimIds: ['split'] }),
          finding('REQUESTS_LOST', 'x: 2 were lost.', { claimIds: ['rollback'] }),
          finding('REQUESTS_LOST', 'y: 1 was lost.', { claimIds: ['rollback'] }),
        ],
      }),
    );
    expect(causes.map(({ code, count }) => [code, count])).toEqual([
      ['REQUESTS_LOST', 2],
      ['XDS_STALE', 1],
      ['CLAIM_NOT_KEPT', 1],
    ]);
    expect(sinceText(causes[1]!)).toBe('first seen at 00:00:20 UTC');
    expect(causes[1]!.firstStep).toContain('istioctl proxy-status');
    expect(causes[2]!.sentence).toBe('hpa is what it is.');
  });

  test('the same code about two objects is two causes', () => {
    const about = (object: string, atMs: number) => finding('WEIGHT', `${object} is wrong.`, { object, atMs });
    const causes = causesOf(told({ findings: [about('VirtualService b', 9000), about('VirtualService a', 5000)] }));
    expect(causes.map(({ sentence }) => sentence)).toEqual([
      'VirtualService a is wrong.',
      'VirtualService b is wrong.',
    ]);
  });

  test('trials without a finding speak for themselves, once for what is wrong with all of them', () => {
    const causes = causesOf(
      told({
        boundaries: [
          trial('a', { observed: 'aborted; success-rate Failed at [2.399999999999997]' }),
          trial('b', { observed: 'aborted; success-rate Failed at [2.41]' }),
          trial('c', { outcome: 'passed' }),
        ],
      }),
    );
    expect(causes).toHaveLength(1);
    expect(causes[0]).toMatchObject({ code: 'TRIAL_ENDED_OTHERWISE', count: 2, places: ['a', 'b'] });
    expect(causes[0]!.sentence).toBe(
      'A trial of success-rate: success-rate >= 99 had to be promoted and was aborted: success-rate Failed at 2.4 (injected: 22/2250 errors (0.978 %), 60/s).',
    );
  });

  test('a run that passed has none, whatever was found beside it', () => {
    expect(causesOf(sampleReport('passed'))).toEqual([]);
    expect(causesOf(sampleRolloutReport('passed'))).toEqual([]);
  });

  test.each(['failed', 'inconclusive', 'invalid'] as const)(
    'every %s report has a cause with a first step',
    (outcome) => {
      const causes = causesOf(sampleReport(outcome));
      expect(causes.length).toBeGreaterThan(0);
      for (const { sentence, firstStep } of causes) {
        expect(sentence).not.toBe('');
        expect(firstStep).not.toBe('');
      }
    },
  );
});

describe('words', () => {
  test.each([
    ['[2.399999999999997]', '2.4'],
    ['at [98.2], [1,2] and [ 0 ]', 'at 98.2, [1,2] and 0'],
    ['0.09999999999999998 of v1.2.3456789012', '0.1 of v1.2.3456789012'],
    ['a[0] was 12.5 at 10.0.0.1', 'a[0] was 12.5 at 10.0.0.1'],
    ['rate[5m] 1.234567', 'rate[5m] 1.234567'],
  ])('%s', (text, tidy) => expect(tidyNumbers(text)).toBe(tidy));

  test('the first sentence ends at its full stop, not at a decimal point', () => {
    expect(firstSentence('v1 got 9.5 % of it. The rest follows.')).toBe('v1 got 9.5 % of it.');
    expect(firstSentence('no stop')).toBe('no stop');
  });
});
