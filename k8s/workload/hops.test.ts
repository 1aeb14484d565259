import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../harness/fuzz/any-character.ts';
import type { Hop } from './hops.ts';
import {
  delayedHop,
  delayReader,
  failedHop,
  failedServices,
  failureReader,
  formatHop,
  formatHops,
  isHopChain,
  parseHops,
  receiverOf,
  unnamedHop,
} from './hops.ts';

const anyHop: fc.Arbitrary<Hop> = fc.record({
  service: fc.string({ minLength: 1, unit: anyCharacter }),
  version: fc.string({ unit: anyCharacter }),
  pod: fc.string({ unit: anyCharacter }),
});

describe('hops', () => {
  it('reads back whatever was written', () => {
    fc.assert(fc.property(fc.array(anyHop), (hops) => void expect(parseHops(formatHops(hops))).toEqual(hops)));
  });

  it('writes only characters that a header may carry', () => {
    fc.assert(fc.property(fc.array(anyHop), (hops) => void expect(formatHops(hops)).toMatch(/^[!-~]*$/)));
  });

  it('never reads a text that would be written differently without an escape', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a=@;% v1') }), (text) => {
        if (text !== '' && isHopChain(text) && !text.includes('%')) expect(formatHops(parseHops(text))).toBe(text);
      }),
    );
  });

  it('keeps ordinary Kubernetes names readable', () => {
    const hops = [
      { service: 'productpage', version: 'v1', pod: 'productpage-v1-7c9f6c9d5-x2x4q' },
      { service: 'reviews', version: '1.20.3_a', pod: 'reviews-v3-0' },
    ];
    expect(formatHops(hops)).toBe('productpage=v1@productpage-v1-7c9f6c9d5-x2x4q;reviews=1.20.3_a@reviews-v3-0');
  });

  it('escapes its own separators and replaces lone surrogates', () => {
    expect(formatHop({ service: 'a=b', version: 'v;1', pod: 'p@%\ud800' })).toBe('a%3Db=v%3B1@p%40%25%EF%BF%BD');
  });

  it('gives no hops for an absent or empty header', () => {
    expect(parseHops(undefined)).toEqual([]);
    expect(parseHops('')).toEqual([]);
  });

  it.each([
    'reviews',
    'reviews=v1',
    '=v1@pod',
    'a=b@c;',
    ';a=b@c',
    'a=b@c, a=b@c',
    'a=b=c@d',
    'a=b@c@d',
    'a=%zz@c',
    'a=%FF@c',
    'a=b@ü',
  ])('refuses %j with a stable code', (text) => {
    expect(() => parseHops(text)).toThrow(expect.objectContaining({ code: 'HOPS_MALFORMED', exitCode: 5 }));
  });

  it('tells receivers from marks', () => {
    const real = { service: 'reviews', version: 'v3', pod: 'r-0' };
    const hops = [real, failedHop('reviews'), unnamedHop('cache'), failedHop('ratings')];
    expect(formatHops(hops)).toBe('reviews=v3@r-0;reviews=error@;cache=@;ratings=error@');
    expect(receiverOf(hops, 'reviews')).toEqual(real);
    expect(receiverOf(hops, 'ratings')).toBeUndefined();
    expect(receiverOf(hops, 'cache')).toBeUndefined();
    expect(failedServices(hops)).toEqual(['reviews', 'ratings']);
  });

  it('knows an answer that was held back on purpose, and no version called "slow" for one', () => {
    const own = { service: 'reviews', version: 'v3', pod: 'r-0' };
    const below = { service: 'ratings', version: 'v1', pod: 'a' };
    const chain = formatHops([own, delayedHop('reviews'), below]);
    expect(chain).toBe('reviews=v3@r-0;reviews=slow@;ratings=v1@a');
    expect([delayReader('reviews')(chain), delayReader('ratings')(chain)]).toEqual([true, false]);
    expect(delayReader('reviews')(formatHops([own, delayedHop('reviews')]))).toBe(true);
    expect(delayReader('reviews')(formatHops([below, { ...own, version: 'slow' }]))).toBe(false);
    expect(receiverOf(parseHops(chain), 'reviews')).toEqual(own);
  });

  it('does not take a version called "error" for a failure', () => {
    const hops = [{ service: 'reviews', version: 'error', pod: 'r-0' }];
    expect(receiverOf(hops, 'reviews')).toEqual(hops[0]);
    expect(failedServices(hops)).toEqual([]);
  });
});

it('a failed call is read off a chain, whatever stands before and behind it', () => {
  const isFailed = failureReader('reviews');
  const failed = formatHops([
    { service: 'productpage', version: 'v1', pod: 'p' },
    { service: 'reviews', version: 'v3', pod: 'r' },
    failedHop('reviews'),
    { service: 'details', version: 'v1', pod: 'd' },
  ]);
  expect([failed, formatHop(failedHop('reviews')), formatHop(failedHop('my-reviews')), ''].map(isFailed)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
