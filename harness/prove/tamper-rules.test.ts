import { expect, test } from 'vitest';
import { formatObservation } from '../../scenarios/shared/evidence-line.ts';
import { parseEvidenceLine } from '../load/evidence/evidence-line.ts';
import { TAMPER_RULES, type TamperRule, tamperer } from './tamper-rules.ts';

const line = (sequence: number): string =>
  formatObservation(sequence, 1_800_000_000_000 + sequence, 1500, 200, 0, 1, 'v1');
const told = (rule: TamperRule, count: number): number[] => {
  const tamper = tamperer(rule);
  return Array.from({ length: count }, (_, sequence) => tamper(line(sequence)).length);
};

test('lose and double what they say', () => {
  expect(told('drop-half', 6)).toEqual([1, 0, 1, 0, 1, 0]);
  expect(told('duplicate', 201).filter((times) => times === 2)).toHaveLength(3);
});

test('shift the start and nothing else', () => {
  const [changed = ''] = tamperer('clock-ahead')(line(7));
  const before = parseEvidenceLine(line(7));
  const after = parseEvidenceLine(changed);
  if (before.kind !== 'sample' || after.kind !== 'sample') throw new TypeError('unreadable');
  expect(after.sample).toEqual({
    ...before.sample,
    startMs: before.sample.startMs + 3_600_000,
    endMs: before.sample.endMs + 3_600_000,
  });
  expect(tamperer('clock-back')(line(1499))).toEqual([line(1499)]);
  expect(tamperer('clock-back')(line(1500))).not.toEqual([line(1500)]);
});

test('leave every other line alone', () => {
  for (const rule of Object.keys(TAMPER_RULES) as TamperRule[])
    expect(tamperer(rule)('cp1-summary {"iterations":3}')).toEqual(['cp1-summary {"iterations":3}']);
});
