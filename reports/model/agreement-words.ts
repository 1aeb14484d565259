/** How an agreement of two runs is said and drawn. */
import type { Agreement } from './compare/compare-reports.ts';

export const AGREEMENT_WORD: Readonly<Record<Agreement, string>> = {
  same: 'same',
  contradiction: 'contradiction',
  undecided: 'undecided',
  'only-first': 'only in the first',
  'only-second': 'only in the second',
};

export const AGREEMENT_GLYPH: Readonly<Record<Agreement, string>> = {
  same: '=',
  contradiction: '≠',
  undecided: '?',
  'only-first': '◧',
  'only-second': '◨',
};

/** Worst first. */
export const AGREEMENT_ORDER: readonly Agreement[] = [
  'contradiction',
  'undecided',
  'only-first',
  'only-second',
  'same',
];
