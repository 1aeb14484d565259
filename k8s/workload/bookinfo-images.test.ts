import { expect, it } from 'vitest';
import { BOOKINFO_IMAGES } from './bookinfo-images.ts';
import { readSettings } from './settings.ts';

it('gives every Bookinfo image settings that the workload accepts', () => {
  const settings = BOOKINFO_IMAGES.map(({ standIn }) => readSettings(standIn, 'pod'));
  expect(new Set(settings.map(({ service, version }) => `${service}-${version}`)).size).toBe(6);
  for (const [index, { service, version }] of settings.entries())
    expect(BOOKINFO_IMAGES[index]?.image).toMatch(new RegExp(`/examples-bookinfo-${service}-${version}:\\*$`));
});

it('calls as the sample does: only reviews v2 and v3 ask for ratings', () => {
  const calls = Object.fromEntries(
    BOOKINFO_IMAGES.map(({ standIn }) => {
      const { service, version, upstreams } = readSettings(standIn, 'pod');
      return [`${service}-${version}`, upstreams.map(({ name, hostname, path }) => `${name}:${hostname}${path}`)];
    }),
  );
  expect(calls).toEqual({
    'productpage-v1': ['details:details/details/0', 'reviews:reviews/reviews/0'],
    'details-v1': [],
    'reviews-v1': [],
    'reviews-v2': ['ratings:ratings/ratings/0'],
    'reviews-v3': ['ratings:ratings/ratings/0'],
    'ratings-v1': [],
  });
});
