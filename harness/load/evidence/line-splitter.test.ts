import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

function split(text: string, cuts: readonly number[], maxLineBytes?: number) {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line), 'utf8', maxLineBytes);
  const bytes = Buffer.from(text);
  // One buffer for all pieces, as the reader has: the splitter must not keep it.
  const piece = Buffer.alloc(bytes.length);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...ends, bytes.length]) {
    bytes.copy(piece, 0, from, to);
    splitter.push(piece.subarray(0, to - from));
    piece.fill(0x3f);
    from = to;
  }
  splitter.end();
  return { lines, ...splitter.counts };
}

describe('LineSplitter', () => {
  it('gives the same lines wherever the stream is cut', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', '')));
    fc.assert(
      fc.property(texts, fc.array(fc.nat()), (lines, cuts) => {
        const text = lines.map((line) => `${line}\n`).join('');
        expect(split(text, cuts)).toEqual({ lines, overlong: 0, cut: 0 });
      }),
    );
  });

  it('counts what is left without a newline', () => {
    expect(split('one\ntw', [2])).toEqual({ lines: ['one'], overlong: 0, cut: 1 });
  });

  it.each([[[]], [[3, 9, 11, 14]]])('drops a line over the bound whole and goes on behind it', (cuts) => {
    expect(split(`ab\n${'x'.repeat(11)}\n1234567890\n`, cuts, 10)).toEqual({
      lines: ['ab', '1234567890'],
      overlong: 1,
      cut: 0,
    });
  });

  it('counts an endless line once, as over-long and cut', () => {
    expect(split('x'.repeat(100), [20, 40, 60], 10)).toEqual({ lines: [], overlong: 1, cut: 1 });
  });
});
