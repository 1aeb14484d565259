import { expect, test } from 'vitest';
import { bookinfoProfile } from '../testkit/fakes/fake-scene.ts';
import { selectClaims } from './select-claims.ts';

const profile = await bookinfoProfile();
const chosen = (...ids: string[]) => selectClaims(profile, ids).claims.map(({ id }) => id);

test('no name: every claim', () => {
  expect(selectClaims(profile, [])).toBe(profile);
});

test('in the order of the profile, by whole id or without the profile’s name', () => {
  expect(chosen('sidecars', 'bookinfo/application')).toEqual(['bookinfo/application', 'bookinfo/sidecars']);
});

test('a witness brings the split that it is a witness of', () => {
  expect(chosen('prometheus-agrees')).toEqual(['bookinfo/split-90-10', 'bookinfo/prometheus-agrees']);
});

test('an unknown claim is refused with the nearest one', () => {
  expect(() => chosen('sidecar')).toThrow(
    expect.objectContaining({ code: 'CLAIM_UNKNOWN', message: expect.stringContaining("did you mean 'sidecars'") }),
  );
});
