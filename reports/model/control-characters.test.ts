import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapStrings, onOneLine, showControlCharacters } from './control-characters.ts';
import { renderRunReportJson } from './read-run-report.ts';
import { sampleReport } from './samples/sample-report.ts';

test('what steers a terminal or reorders text is shown instead', () => {
  expect(showControlCharacters('\u001b[2Jgone')).toBe('⟨U+001B⟩[2Jgone');
  expect(showControlCharacters('a\u202eb')).toBe('a⟨U+202E⟩b');
  expect(showControlCharacters('one\r\ntwo\tthree')).toBe('one\ntwo\tthree');
  expect(showControlCharacters('over\rwritten')).toBe('over⟨U+000D⟩written');
  expect(showControlCharacters('\ud800')).toBe('\ufffd');
});

test('one line stays one line, whatever comes in', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)) }),
      (text) => {
        const line = onOneLine(text);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      },
    ),
  );
});

test('strings are mapped, all else stays', () => {
  const report = sampleReport('failed');
  expect(renderRunReportJson(mapStrings(report, (text) => text))).toBe(renderRunReportJson(report));
  expect(mapStrings(report, (text) => text.toUpperCase()).headline).toBe(report.headline.toUpperCase());
});
