import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatObservation, MAX_IDENTITY_LENGTH } from '../../../scenarios/shared/evidence-line.ts';
import { parseEvidenceLine } from './evidence-line.ts';

const observation = fc.record({
  sequence: fc.nat(2 ** 31),
  startMs: fc.integer({ min: 1_600_000_000_000, max: 4_000_000_000_000 }),
  durationUs: fc.nat(120_000_000),
  status: fc.integer({ min: 0, max: 599 }),
  errorCode: fc.integer({ min: 0, max: 1999 }),
  vu: fc.integer({ min: 1, max: 100_000 }),
  identity: fc.string({ unit: 'grapheme', maxLength: 60 }),
});

describe('parseEvidenceLine', () => {
  it('reads back what a scenario writes, blanks, newlines and other scripts included', () => {
    fc.assert(
      fc.property(observation, (seen) => {
        const line = written(seen);
        expect(line).not.toContain('\n');
        const { durationUs, ...rest } = seen;
        expect(parseEvidenceLine(line)).toEqual({
          kind: 'sample',
          sample: { ...rest, endMs: seen.startMs + durationUs / 1000 },
          identityReadable: true,
        });
      }),
      { numRuns: 500, examples: [[{ ...sample(), identity: 'a b\nc%20 é 版本 .' }], [{ ...sample(), identity: '!' }]] },
    );
  });

  it('takes no line that is cut anywhere for evidence', () => {
    fc.assert(
      fc.property(observation, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (seen, where) => {
        const line = written(seen);
        expect(parseEvidenceLine(line.slice(0, Math.floor(line.length * where)))).toEqual({ kind: 'unreadable' });
      }),
    );
  });

  it.each(['x'.repeat(MAX_IDENTITY_LENGTH + 1), ' '.repeat(MAX_IDENTITY_LENGTH), '\ud800'])(
    'marks an identity that does not fit as unreadable',
    (identity) => {
      const line = parseEvidenceLine(written({ ...sample(), identity }));
      expect(line).toMatchObject({ kind: 'sample', sample: { identity: '' }, identityReadable: false });
    },
  );

  it.each([
    '',
    'cp1',
    'cp1 1 2 3 200 0 1 =v1',
    'cp1 1 2 3 200 0 1 v1 .',
    'cp1 -1 2 3 200 0 1 =v1 .',
    'cp1 1.5 2 3 200 0 1 =v1 .',
    'cp1 1 2 3 200 0 1 =%zz .',
    'cp1 1 2 3 200 0 1 =a b .',
    'cp1 9999999999999999 2 3 200 0 1 =v1 .',
    ' cp1 1 2 3 200 0 1 =v1 .',
    'time="now" level=info msg="cp1 1 2 3 200 0 1 =v1 ."',
    'cp1-options {',
    'cp1-options 7',
    'cp1-summary {"iterations":1}',
    'cp1-summary {"httpRequests":1,"iterations":-1,"droppedIterations":0,"vusMax":1,"vusAllocated":1}',
  ])('refuses %j', (line) => {
    expect(parseEvidenceLine(line)).toEqual({ kind: 'unreadable' });
  });

  it('reads the lines about the run', () => {
    expect(parseEvidenceLine('cp1-failure 1050 "request timeout"')).toEqual({
      kind: 'failure',
      text: '1050 "request timeout"',
    });
    expect(parseEvidenceLine('cp1-options {"hosts":null}')).toEqual({ kind: 'options', json: '{"hosts":null}' });
    const summary = { httpRequests: 2, iterations: 2, droppedIterations: 1, vusMax: 1, vusAllocated: 4 };
    expect(parseEvidenceLine(`cp1-summary ${JSON.stringify(summary)}`)).toEqual({ kind: 'summary', summary });
  });
});

function written(seen: ReturnType<typeof sample>): string {
  const { sequence, startMs, durationUs, status, errorCode, vu, identity } = seen;
  return formatObservation(sequence, startMs, durationUs, status, errorCode, vu, identity);
}

function sample() {
  return { sequence: 1, startMs: 1_700_000_000_000, durationUs: 1, status: 200, errorCode: 0, vu: 1, identity: 'v1' };
}
