/** Measured latencies from files: what they are read as, and whatever is not certainly whole and right. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharesBelow } from '../../simulation/latency-model.ts';
import { ENVOY_BOUNDS_MS } from '../../simulation/policy-fixture.ts';
import { binned } from './latency-bins.ts';
import { parseLatency } from './latency-file.ts';

const bins = (...all: readonly (readonly [unknown, unknown])[]) =>
  JSON.stringify({ bins: all.map(([upToMs, count]) => ({ upToMs, count })) });

describe('a file of measured latencies', () => {
  it('has bins, with or without one above the last bound', () => {
    const expected = { from: 'a.json', boundsMs: [25, 50], counts: [9, 0, 0] };
    expect(parseLatency(bins([25, 9], [50, 0]), 'a.json')).toEqual(expected);
    expect(parseLatency(bins([25, 9], [50, 0], ['+Inf', 2]), 'a.json').counts).toEqual([9, 0, 2]);
  });

  it('or samples, a line or an item each; both are the same bins', () => {
    const found = parseLatency('12\n499.2\n500\n500.1\n0\n', 'a.txt');
    expect(parseLatency('{"samplesMs":[12,499.2,500,500.1,0]}\n', 'a.txt.json')).toEqual({
      ...found,
      from: 'a.txt.json',
    });
    expect(parseLatency('12\r\n499.2\r\n500\r\n500.1\r\n0\r\n', 'a.txt')).toEqual(found);
    expect(found.boundsMs).toEqual([0.0099, 0.01, 11, 12, 490, 500, 510]);
    expect(found.counts).toEqual([0, 1, 0, 1, 0, 2, 1, 0]);
  });

  it.each<[code: string, what: string, text: string, where: string]>([
    ['LATENCY_EMPTY', 'nothing', '', 'a.txt'],
    ['LATENCY_EMPTY', 'blank', ' \n\n', 'a.json'],
    ['LATENCY_EMPTY', 'no samples', '{"samplesMs":[]}', 'a.json'],
    ['LATENCY_EMPTY', 'no bins', '{"bins":[]}', 'a.json'],
    ['LATENCY_EMPTY', 'no answer in any bin', bins([25, 0], [50, 0]), 'a.json'],
    ['LATENCY_EMPTY', 'no bound', bins(['+Inf', 3]), 'a.json'],
    ['LATENCY_NEGATIVE', 'a sample', '12\n-3\n', 'a.txt'],
    ['LATENCY_NEGATIVE', 'a sample in JSON', '{"samplesMs":[-0.5]}', 'a.json'],
    ['LATENCY_NEGATIVE', 'a count', bins([25, -9]), 'a.json'],
    ['LATENCY_NEGATIVE', 'a bound', bins([-25, 9]), 'a.json'],
    ['LATENCY_UNSORTED', 'bounds that fall', bins([50, 1], [25, 1]), 'a.json'],
    ['LATENCY_UNSORTED', 'a bound twice', bins([25, 1], [25, 1]), 'a.json'],
    ['LATENCY_UNSORTED', 'a first bin without width', bins([0, 1], [25, 1]), 'a.json'],
    ['LATENCY_NOT_A_NUMBER', 'NaN', '12\nNaN\n', 'a.txt'],
    ['LATENCY_NOT_A_NUMBER', 'a unit', '12ms\n', 'a.txt'],
    ['LATENCY_NOT_A_NUMBER', 'an empty line', '12\n\n13\n', 'a.txt'],
    ['LATENCY_NOT_A_NUMBER', 'endless', '{"samplesMs":[1e999]}', 'a.json'],
    ['LATENCY_NOT_A_NUMBER', 'a text', '{"samplesMs":["12"]}', 'a.json'],
    ['LATENCY_NOT_A_NUMBER', 'a count', bins([25, 'many']), 'a.json'],
    ['LATENCY_NOT_A_NUMBER', 'a bound without end in the middle', bins(['+Inf', 1], [25, 1]), 'a.json'],
    ['LATENCY_CUT_SHORT', 'a last line without an end', '12\n13', 'a.txt'],
    ['LATENCY_CUT_SHORT', 'JSON', bins([25, 9], [50, 2]).slice(0, -5), 'a.json'],
    [
      'LATENCY_TOO_LARGE',
      'bins',
      bins(...Array.from({ length: 2001 }, (_, index) => [index + 1, 1] as const)),
      'a.json',
    ],
    ['LATENCY_FORM', 'half of an answer', bins([25, 0.5]), 'a.json'],
    ['LATENCY_FORM', 'something else', '{"buckets":[]}', 'a.json'],
    ['LATENCY_FORM', 'both', '{"bins":[],"samplesMs":[]}', 'a.json'],
    ['LATENCY_FORM', 'no JSON', '{"samplesMs":[1,]}', 'a.json'],
  ])('%s: %s', (code, _, text, where) => {
    expect(() => parseLatency(text, where)).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });

  it('a prefix of a good file is refused, wherever it was cut', () => {
    for (const [text, where] of [
      [bins([25, 9], [50, 2]), 'a.json'],
      ['{"samplesMs":[12,34.5]}', 'a.json'],
    ] as const)
      for (let end = 0; end < text.length; end += 1)
        expect(() => parseLatency(text.slice(0, end), where)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

it('samples as bins: the share up to each bound of Envoy is exact, and no answer is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 50 }), (samples) => {
      const found = binned(samples, 'x');
      expect(found.counts.reduce((sum, one) => sum + one, 0)).toBe(samples.length);
      expect(found.boundsMs).toEqual([...found.boundsMs].sort((a, b) => a - b));
      const shares = sharesBelow(found, ENVOY_BOUNDS_MS);
      for (const [index, bound] of ENVOY_BOUNDS_MS.entries())
        expect(shares[index]).toBe(samples.filter((sample) => sample <= bound).length / samples.length);
    }),
  );
});
