import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as figures from './figures.ts';

const plain = (text: string) => text.replaceAll('\u202f', ' ');

describe('figures', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [18204, '18 204'],
    [1234567, '1 234 567'],
    [-12345, '−12 345'],
  ])('count %d', (n, text) => expect(plain(figures.formatCount(n))).toBe(text));

  test.each([
    [0, '0.0 %'],
    [0.0981, '9.8 %'],
    [0.0004, '0.04 %'],
    [0.00001, '0.001 %'],
    [0.9996, '99.96 %'],
    [1, '100.0 %'],
  ])('share %d never looks like 0 %% or 100 %% unless it is', (share, text) =>
    expect(plain(figures.formatShare(share))).toBe(text),
  );

  test.each([
    [0.1, '10 %'],
    [0.005, '0.5 %'],
    [1, '100 %'],
    [0, '0 %'],
    [1 / 3, '33.333 %'],
  ])('declared %d', (share, text) => expect(plain(figures.formatDeclared(share))).toBe(text));

  test.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1480, '1.48 s'],
    [41_800, '41.8 s'],
    [164_200, '2 min 44 s'],
    [3_599_700, '1 h 00 min'],
    [3_720_000, '1 h 02 min'],
  ])('duration %d', (ms, text) => expect(plain(figures.formatDuration(ms))).toBe(text));

  test('intervals, points, bytes, rates and times', () => {
    expect(plain(figures.formatInterval({ low: 0.094, high: 0.103 }))).toBe('[9.4, 10.3] %');
    expect(plain(figures.formatInterval({ low: 0.0995, high: 0.1002 }))).toBe('[9.95, 10.02] %');
    expect(plain(figures.formatPoints(-0.0123))).toBe('−1.2 pt');
    expect(plain(figures.formatPoints(0.0003))).toBe('+0.03 pt');
    expect(plain(figures.formatPoints(0))).toBe('0.0 pt');
    expect(plain(figures.formatBytes(1536))).toBe('1.5 KiB');
    expect([0.001, 9.87, 20, 1234.5].map(figures.formatPerSecond)).toEqual([
      '0.001',
      '9.87',
      '20.0',
      figures.formatDecimal(1234.5),
    ]);
    expect(figures.formatRate(1e-6)).toBe('1e-6');
    expect(figures.formatRate(0.001)).toBe('0.001');
    expect(figures.formatInstant(Date.UTC(2026, 10, 21, 12, 4, 31))).toBe('2026-11-21 12:04:31 UTC');
    expect(figures.formatClock(1234, true)).toBe('00:00:01.234');
    expect(figures.formatInstant(Number.MAX_VALUE)).toBe('unknown time');
  });

  test('grouping loses no digit', () => {
    fc.assert(fc.property(fc.nat(), (n) => figures.formatCount(n).replaceAll('\u202f', '') === String(n)));
  });
});
