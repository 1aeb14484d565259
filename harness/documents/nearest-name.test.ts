import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from './nearest-name.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['bookinfo', 'bokinfo', 1],
    ['split', 'spilt', 1],
    ['ca', 'abc', 3],
  ])('%s to %s is %i', (from, to, edits) => {
    expect(editDistance(from, to)).toBe(edits);
    expect(editDistance(to, from)).toBe(edits);
  });
});

describe('nearestName', () => {
  const known = ['bookinfo', 'bookinfo-upstream', 'gridos'];
  it.each([
    ['bokinfo', 'bookinfo'],
    ['Bookinfo', 'bookinfo'],
    ['book-info', 'bookinfo'],
    ['gri', 'gridos'],
    ['bookinfo-up', 'bookinfo-upstream'],
    ['mesh', undefined],
    ['', undefined],
  ])('%j is near %s', (typed, expected) => {
    expect(nearestName(typed, known)).toBe(expected);
  });
});
