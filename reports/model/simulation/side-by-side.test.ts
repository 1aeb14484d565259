import { expect, test } from 'vitest';
import { sampleSimulation } from '../samples/sample-simulation.ts';
import {
  type ComparedPolicy,
  comparedVerdict,
  refusedLines,
  sideBySideTables,
  simulatedOf,
  worstLines,
} from './side-by-side.ts';

const sample = sampleSimulation();
const compared = (policy: string, changes: Partial<typeof sample> = {}): ComparedPolicy => ({
  ...{ policy, unit: 'folder deploy', refused: null },
  document: { ...sample, ...changes },
});
const firsts = (rows: readonly (readonly string[])[]) => rows.map(([first]) => first);

test('a recommended policy stands below the one of today, in the curves and in a table with the change', () => {
  const keeps = { ...sample.recommendation!, verdict: 'keep', recommended: null } as const;
  const both = [compared('shop'), compared('cart', { recommendation: keeps, curves: sample.curves.slice(0, 1) })];
  const [, , curves, recommended] = sideBySideTables(both);
  expect(firsts(curves!.rows)).toEqual(['policy', 'shop', 'shop, recommended', 'cart']);
  expect(firsts(recommended!.rows)).toEqual(['policy', 'shop', 'shop, recommended', 'cart']);
  expect(recommended!.rows[2]!.at(-1)).toBe(sample.recommendation!.changes.join(', '));
  expect(recommended!.rows.at(-1)!.at(-1)).toBe('keep it');
});

test('a curve shows none, the good share and the bad share, and not every point between', () => {
  const [, , curves] = sideBySideTables([compared('shop')]);
  expect(curves!.rows[0]).toEqual(expect.arrayContaining(['0 %', '0.2 %', '5 %', '10 %']));
  const many = Array.from({ length: 40 }, (_, index) => ({
    ...sample.curves[0]!.points[0]!,
    errorShare: index / 1000,
  }));
  const [, , thinned] = sideBySideTables([compared('shop', { curves: [{ policy: 'today', points: many }] })]);
  expect(thinned!.rows[0]!.length).toBeLessThanOrEqual(12);
});

test('users have their columns, and without a bad canary there is one table', () => {
  const [, decision] = sideBySideTables([compared('shop')]);
  expect(decision!.rows[0]).toEqual(expect.arrayContaining(['users by request', 'sticky']));
  const inputs = { ...sample.inputs, bad: null, badCanary: null };
  const alone = compared('shop', { inputs, bad: null, miss: null, others: [], curves: [], recommendation: null });
  expect(sideBySideTables([alone]).map(({ rows }) => rows[0])).toEqual([['policy', 'good: stopped']]);
});

test('what was not simulated is a line, and in no table', () => {
  const refused = {
    policy: 'job',
    unit: 'folder a',
    document: null,
    refused: { code: 'SIMULATION_PROVIDER', why: 'no' },
  };
  expect(refusedLines([compared('shop'), refused])).toEqual(['not simulated: job (folder a): SIMULATION_PROVIDER: no']);
  expect(firsts(sideBySideTables([compared('shop'), refused])[0]!.rows)).toEqual(['policy', 'shop']);
});

test('a sentence for each canary says who is wrong about it most often, and how often at most where nobody was', () => {
  const never = { count: 0, p: 0, low: 0, high: 0.004 };
  const others = [{ ...sample.others[0]!, miss: never }];
  const all = [compared('shop', { others }), compared('cart', { others, falseStop: sample.miss! })];
  expect(worstLines(simulatedOf(all))).toEqual([
    'Good canaries are stopped most often by shop: in 20 % of releases.',
    'Bad ones (5 % errors) are promoted most often by shop and 1 more: in 2 % of releases.',
    'Bad ones (errors=5%,pods=3) are promoted by none of them: in at most 0.4 % of releases.',
  ]);
});

test('a limit that one breaks is broken, one unknown policy leaves it open, and without limits there is no verdict', () => {
  const kept = { limits: [{ name: 'max-false', limit: 0.5, verdict: 'passed' }], verdict: 'passed' } as const;
  const unknown = { policy: 'job', unit: 'a', document: null, refused: { code: 'SIMULATION_PROVIDER', why: 'no' } };
  expect(comparedVerdict([compared('shop', kept), compared('cart', kept)])).toBe('passed');
  expect(comparedVerdict([compared('shop', kept), compared('cart')])).toBe('failed');
  expect(comparedVerdict([compared('shop', kept), unknown])).toBe('inconclusive');
  expect(comparedVerdict([compared('cart'), unknown])).toBe('failed');
  expect(comparedVerdict([compared('shop', { limits: [], verdict: 'passed' }), unknown])).toBeUndefined();
});

test('a canary that is only slow has no curve, and its recommendation is shown all the same', () => {
  const tables = sideBySideTables([compared('shop', { curves: [] })]);
  expect(tables.map(({ id }) => id)).toEqual(['errors', 'decision', 'recommended']);
});
