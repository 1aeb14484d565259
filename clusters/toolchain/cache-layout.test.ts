import { describe, expect, it } from 'vitest';
import { defaultCacheDirectory } from './cache-layout.ts';

describe('defaultCacheDirectory', () => {
  it.each([
    [{ CANARYPROOF_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a'],
    [{ XDG_CACHE_HOME: '/b' }, '/b/canaryproof'],
    [{ XDG_CACHE_HOME: 'relative' }, '/home/me/.cache/canaryproof'],
    [{ CANARYPROOF_CACHE: '', XDG_CACHE_HOME: '' }, '/home/me/.cache/canaryproof'],
    [{}, '/home/me/.cache/canaryproof'],
  ])('%j -> %s', (env, expected) => {
    expect(defaultCacheDirectory(env, '/home/me')).toBe(expected);
  });
});
