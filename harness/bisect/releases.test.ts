import { describe, expect, test } from 'vitest';
import { compareReleases, releasesOf } from './releases.ts';

const KNOWN = ['1.9.2', '1.9.0', '1.8.5', '1.7.2'].map((version) => ({ version, isBuilt: version === '1.9.2' }));
const versions = (range: Parameters<typeof releasesOf>[2]) =>
  releasesOf('argo-rollouts', KNOWN, range).map(({ version }) => version);

describe('releases between two', () => {
  test('oldest first, both included, and whether they are built', () => {
    expect(versions({ good: '1.7.2', bad: 'v1.9.0' })).toEqual(['1.7.2', '1.8.5', '1.9.0']);
    expect(releasesOf('argo-rollouts', KNOWN, { good: '1.9.0', bad: '1.9.2' })).toEqual([
      { version: '1.9.0', isBuilt: false },
      { version: '1.9.2', isBuilt: true },
    ]);
  });

  test('a list stays in the order of the user', () => {
    expect(versions({ list: ['1.9.2', '1.7.2'] })).toEqual(['1.9.2', '1.7.2']);
  });

  test('a release that is not known, and ends in the wrong order', () => {
    expect(() => versions({ good: '1.7.2', bad: '2.0.0' })).toThrow(
      expect.objectContaining({
        code: 'COMPONENT_VERSION_UNKNOWN',
        hint: 'Known versions of argo-rollouts: 1.7.2, 1.8.5, 1.9.0, 1.9.2.',
      }),
    );
    for (const good of ['1.9.2', '1.8.5'])
      expect(() => versions({ good, bad: '1.8.5' })).toThrow(expect.objectContaining({ code: 'BISECT_ORDER' }));
  });
});

test('the order of semver: the example of its own text, and numbers by value', () => {
  const ordered = [
    ...['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11'],
    ...['1.0.0-rc.1', '1.0.0', '1.9.0', '1.10.0', '1.31.0-alpha.eed52ebb66ad', '1.31.0'],
  ];
  expect(ordered.toReversed().toSorted(compareReleases)).toEqual(ordered);
  expect(compareReleases('1.0.0+one', '1.0.0+two')).toBe(0);
});
