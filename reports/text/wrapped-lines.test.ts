import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toAscii } from './ascii-text.ts';
import { displayWidth } from './display-width.ts';
import { wrapText } from './wrapped-lines.ts';

test('wrapping keeps the text and the width', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ minLength: 1, unit: 'grapheme-ascii' }).map((word) => word.replaceAll(' ', '_')),
        { minLength: 1 },
      ),
      fc.integer({ min: 8, max: 100 }),
      (words, width) => {
        const lines = wrapText(words.join(' '), width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test('wide and combining characters count as terminals draw them', () => {
  expect(displayWidth('日本')).toBe(4);
  expect(displayWidth('e\u0301')).toBe(1);
  expect(displayWidth('✓ ±')).toBe(3);
  expect(wrapText('日本語日本語日本語', 8)).toEqual(['日本語日', '本語日本', '語']);
});

test('ASCII spelling', () => {
  expect(toAscii('✓ 10\u202f% ± 2 → “ok” é')).toBe('[ok] 10 % +- 2 -> "ok" ?');
});
