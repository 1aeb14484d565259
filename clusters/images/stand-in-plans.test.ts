import { expect, test } from 'vitest';
import { standInImages } from './stand-in-plans.ts';

const parts = {
  bundle: { path: '/cache/server.mjs', sha256: 'b'.repeat(64) },
  node: { path: '/usr/bin/node', sha256: 'c'.repeat(64), version: 'v24.1.0' },
};
const family = { image: 'r.example/shop/reviews:*', standIn: { SERVICE: 'reviews', VERSION: '{tag}' } };

test('one image for each reference that a mapping covers, with its settings; {tag} is the tag', () => {
  const images = standInImages(
    [family],
    ['r.example/shop/reviews:1.2', 'r.example/shop/other:1', 'r.example/shop/reviews:1.2'],
    parts,
  );
  expect(images).toHaveLength(1);
  expect(images[0]).toMatchObject({
    name: 'stand-in/reviews:1.2',
    tags: ['r.example/shop/reviews:1.2'],
    base: 'runtime',
    config: { environment: { CANARYPROOF_SERVICE: 'reviews', CANARYPROOF_VERSION: '1.2' }, user: '1000:1000' },
  });
  expect(images[0]?.parts.join()).toContain('stand-in workload');
});

test('the exact mapping goes before a family, the longer family before the shorter', () => {
  const mapping = (image: string) => ({ image, standIn: { SERVICE: image, VERSION: 'v' } });
  const mappings = [mapping('r/*'), mapping('r/shop/*'), mapping('r/shop/reviews:1')];
  const services = (reference: string) =>
    standInImages(mappings, [reference], parts).map(({ config }) => config.environment?.CANARYPROOF_SERVICE);
  expect(services('r/shop/reviews:1')).toEqual(['r/shop/reviews:1']);
  expect(services('r/shop/reviews:2')).toEqual(['r/shop/*']);
  expect(services('r/bank:2')).toEqual(['r/*']);
  expect(services('q/bank:2')).toEqual([]);
});

test('all of them share their files', () => {
  const [one, two] = standInImages([family], ['r.example/shop/reviews:1', 'r.example/shop/reviews:2'], parts);
  expect(one?.files).toEqual(two?.files);
  expect(one?.version).not.toBe(two?.version);
});
