import { describe, expect, it } from 'vitest';
import { HarnessError } from '../errors/harness-error.ts';
import { parseExpect } from './identify.ts';
import { parseIdentify } from './identify-kinds.ts';

function refusal(run: () => unknown): HarnessError {
  try {
    run();
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseIdentify', () => {
  it.each([
    ['header:X-App-Version', { kind: 'header', name: 'x-app-version' }],
    ['json:version', { kind: 'json', path: 'version' }],
    ['json:$.upstreams[1].version', { kind: 'json', path: 'upstreams.1.version' }],
    [`json:$['up-streams']["reviews"].version`, { kind: 'json', path: 'up-streams.reviews.version' }],
    ['json:items.0.id', { kind: 'json', path: 'items.0.id' }],
    ['regex:version="(v[0-9]+)"', { kind: 'regex', pattern: 'version="(v[0-9]+)"' }],
    ['regex:a:b(?:c)(d)', { kind: 'regex', pattern: 'a:b(?:c)(d)' }],
    ['regex:v[0-9]+', { kind: 'regex', pattern: 'v[0-9]+' }],
  ])('reads %s', (text, expected) => {
    expect(parseIdentify(text)).toEqual(expected);
  });

  it.each([
    ['', 'IDENTIFY_SYNTAX'],
    ['x-app-version', 'IDENTIFY_SYNTAX'],
    ['Header:x', 'IDENTIFY_SYNTAX'],
    ['query:version', 'IDENTIFY_SYNTAX'],
    ['header:', 'IDENTIFY_HEADER'],
    ['header:x version', 'IDENTIFY_HEADER'],
    ['header:x:y', 'IDENTIFY_HEADER'],
    ['json:', 'IDENTIFY_JSON_PATH'],
    ['json:$', 'IDENTIFY_JSON_PATH'],
    ['json:a..b', 'IDENTIFY_JSON_PATH'],
    ['json:a[b]', 'IDENTIFY_JSON_PATH'],
    ['json:items.#.id', 'IDENTIFY_JSON_PATH'],
    ['regex:', 'IDENTIFY_REGEX'],
    ['regex:(', 'IDENTIFY_REGEX'],
    ['regex:(a)(b)', 'IDENTIFY_REGEX_GROUP'],
  ])('refuses %j with %s', (text, code) => {
    const error = refusal(() => parseIdentify(text));
    expect(error).toMatchObject({ code, exitCode: 2, where: '--identify' });
    expect(error.hint).toBeTruthy();
  });

  it('says why a pattern cannot be read', () => {
    expect(refusal(() => parseIdentify('regex:(')).message).toBe("'(' is not a regular expression: Unterminated group");
  });
});

describe('parseExpect', () => {
  it.each([
    [
      'v1=90,v2=10',
      [
        ['v1', 90, 0.9],
        ['v2', 10, 0.1],
      ],
    ],
    [
      ' v1 = 90 , v2 = 10 ',
      [
        ['v1', 90, 0.9],
        ['v2', 10, 0.1],
      ],
    ],
    [
      'v2=0,v1=100',
      [
        ['v2', 0, 0],
        ['v1', 100, 1],
      ],
    ],
    [
      'a=33.3,b=33.3,c=33.4',
      [
        ['a', 33.3, 0.333],
        ['b', 33.3, 0.333],
        ['c', 33.4, 0.334],
      ],
    ],
    ['only=100', [['only', 100, 1]]],
    [
      'a==99.999999,b=0.000001',
      [
        ['a=', 99.999999, 0.99999999],
        ['b', 0.000001, 0.00000001],
      ],
    ],
  ] as const)('reads %s', (text, expected) => {
    const arms = parseExpect(text);
    expect(arms.map(({ name, weight }) => [name, weight])).toEqual(expected.map(([name, weight]) => [name, weight]));
    for (const [index, { share }] of arms.entries()) expect(share).toBeCloseTo(expected[index]![2], 12);
  });

  it.each([
    ['', 'EXPECT_SYNTAX', '--expect:1'],
    ['v1', 'EXPECT_SYNTAX', '--expect:1'],
    ['v1=90,', 'EXPECT_SYNTAX', '--expect:7'],
    ['v1=90,=10', 'EXPECT_SYNTAX', '--expect:7'],
    ['v1=90,v2=', 'EXPECT_SYNTAX', '--expect:7'],
    ['v1=90,v2=-10', 'EXPECT_WEIGHT', '--expect:7'],
    ['v1=90%,v2=10%', 'EXPECT_WEIGHT', '--expect:1'],
    ['v1=101', 'EXPECT_WEIGHT', '--expect:1'],
    ['v1=1e2', 'EXPECT_WEIGHT', '--expect:1'],
    ['v1=90.0000001,v2=10', 'EXPECT_WEIGHT', '--expect:1'],
    ['v1=90,v1=10', 'EXPECT_DUPLICATE', '--expect:7'],
    ['v1=90,v2=9.999999', 'EXPECT_SUM', '--expect'],
    ['v1=60,v2=60', 'EXPECT_SUM', '--expect'],
  ])('refuses %j with %s at %s', (text, code, where) => {
    expect(refusal(() => parseExpect(text))).toMatchObject({ code, where, exitCode: 2 });
  });

  it('shows the sum, and recognises fractions', () => {
    expect(refusal(() => parseExpect('v1=85,v2=10')).message).toContain('85 + 10 = 95');
    expect(refusal(() => parseExpect('v1=0.9,v2=0.1')).hint).toContain('--expect v1=90,v2=10');
  });
});
