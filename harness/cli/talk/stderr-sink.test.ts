/** Hostile text on its way to stderr, through the sink itself and through every kind of progress and failure. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { usageError } from '../../errors/harness-error.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import { thorough } from '../../testkit/runner/thorough.ts';
import { formatFailure } from './failure.ts';
import { createProgress } from './progress-events.ts';
import { stderrSink } from './stderr-sink.ts';
import { progressReaderFor } from './talk.ts';

const HOSTILE = [
  '\u001b]52;c;ZXZpbA==\u0007', // OSC 52: writes the clipboard
  '\u001b[2J\u001b[H', // clears the screen
  '\u009b31m', // CSI in one character
  'good\rbad',
  'v\u200b1 \u2066x\u2069 \u{e0041} \u3164',
  'first\n::error::forged',
  'first\n \t ::add-mask::x',
  'a ##[error]forged',
];

/** Nothing that steers is left but what the harness itself paints with, and no line is a command. */
function expectTame(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the harness's own sequences
  const foreign = text.replace(/\u001b\[(?:0|2|31|32|36)m|\u001b\[\d+A\u001b\[J/g, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
  expect(foreign).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|[\p{Cf}\u3164]/u);
  for (const line of text.split('\n')) {
    expect(line.trimStart().startsWith('::'), JSON.stringify(line)).toBe(false);
    expect(line).not.toContain('##[');
  }
}

describe.each(HOSTILE)('%j', (hostile) => {
  test.each([
    ['on a terminal', true],
    ['in a log', false],
  ])('as progress %s', (_, stderrIsTTY) => {
    const given = createFakeWorld({ stderrIsTTY });
    const world = { ...given, stderr: stderrSink(given.stderr) };
    const readers = progressReaderFor(world, { color: true });
    const progress = createProgress(world.now, readers);
    progress.note(hostile);
    const step = progress.step(hostile);
    step.update(hostile);
    given.advance(31_000);
    step.done(hostile);
    progress.step(`x ${hostile}`).fail(hostile);
    for (const reader of readers) reader.close();
    expect(given.stderrText()).toContain('x ');
    expectTame(given.stderrText());
  });

  test('as an error, with its causes', () => {
    const given = createFakeWorld();
    const sink = stderrSink(given.stderr);
    const error = usageError('CODE', hostile, { where: hostile, hint: hostile, cause: new Error(hostile) });
    sink.write(formatFailure(error, { verbose: true, interrupted: false }).text);
    sink.write(formatFailure(new Error(hostile), { verbose: false, interrupted: false }).text);
    expectTame(given.stderrText());
    // what continues a message does not look like a message of its own
    for (const line of given.stderrText().split('\n')) expect(line).toMatch(/^(error |\s|$)/);
  });
});

thorough('any text at all', () => {
  const unit = fc.oneof(
    fc.constantFrom('::', '##[', '\n', '\r', ' ', '\u001b', '\u202e', '\u00a0', '\u000b', '\u0085', '\ufeff', 'a', ']'),
    fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
      const given = createFakeWorld();
      stderrSink(given.stderr).write(text);
      expectTame(given.stderrText());
    }),
    { seed: 11, numRuns: 3000 },
  );
});

test('secrets are left out', () => {
  const given = createFakeWorld();
  stderrSink(given.stderr, (text) => text.replaceAll('canary', '***')).write('the canary sings\n');
  expect(given.stderrText()).toBe('the *** sings\n');
});
