import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCatalogue, editDistance, nearestImage, normaliseImage } from './cri-catalogue.ts';

describe('normaliseImage', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['library/nginx', 'docker.io/library/nginx:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['istio/examples', 'docker.io/istio/examples:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['localhost/app:1', 'localhost/app:1'],
    ['quay.io/argoproj/argocd:v3.5.7', 'quay.io/argoproj/argocd:v3.5.7'],
    ['quay.io/a/b@sha256:abc', 'quay.io/a/b@sha256:abc'],
    ['registry.istio.io/testing/pilot*', 'registry.istio.io/testing/pilot*'],
  ])('%s is %s', (short, full) => {
    expect(normaliseImage(short)).toBe(full);
  });

  test('a full name stays as it is', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    fc.assert(
      fc.property(part, part, part, (host, name, tag) => {
        const full = normaliseImage(`${host}.example/${name}:${tag}`);
        expect(normaliseImage(full)).toBe(full);
      }),
    );
  });
});

describe('a catalogue', () => {
  const catalogue = createCatalogue([
    { image: 'registry.example/app*', cmd: ['family'] },
    { image: 'registry.example/app-canary*', cmd: ['longer family'] },
    { image: 'registry.example/app:2', cmd: ['exact'] },
    { image: 'nginx', cmd: ['nginx'] },
  ]);
  test.each([
    ['registry.example/app:2', 'exact'],
    ['registry.example/app:2@sha256:00', 'exact'],
    ['registry.example/app:3', 'family'],
    ['registry.example/app-canary:3', 'longer family'],
    ['docker.io/library/nginx:latest', 'nginx'],
  ])('%s is found as %s', (image, command) => {
    expect(catalogue.find(image)?.cmd).toEqual([command]);
  });

  test.each(['nginx:1.27', 'other.example/app:2', 'library/nginxx', ''])('%s is not found', (image) => {
    expect(catalogue.find(image)).toBeUndefined();
  });

  test('a missing image is explained with the nearest one there is', () => {
    const message = catalogue.explainMissing('registry.example/ap-canary:7');
    expect(message).toContain('registry.example/ap-canary:7');
    expect(message).toContain('registry.example/app-canary*');
    expect(createCatalogue([]).explainMissing('nginx')).toContain('the catalogue is empty');
  });
});

test('the nearest image goes by the last part of the name first', () => {
  const entries = [{ image: 'registry.istio.io/testing/pilot:1' }, { image: 'ghcr.io/other/reviews-v1:1' }];
  expect(nearestImage(entries, 'registry.istio.io/testing/reviews-v2:1')).toBe('ghcr.io/other/reviews-v1:1');
});

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
  ['flaw', 'lawn', 2],
])('the distance of %j and %j is %i', (left, right, distance) => {
  expect(editDistance(left, right)).toBe(distance);
  expect(editDistance(right, left)).toBe(distance);
});

describe('the tag in the environment', () => {
  const catalogue = createCatalogue([
    { image: 'example.com:5000/shop:*', env: { SERVICE: 'shop', VERSION: '{tag}', BOTH: 'a-{tag}-{tag}' } },
    { image: 'example.com/plain:*', env: { VERSION: 'v1' } },
  ]);

  test.each([
    ['example.com:5000/shop:v1.0.1', 'v1.0.1'],
    ['example.com:5000/shop:v1.0.1@sha256:abc', 'v1.0.1'],
  ])('%s is version %s', (reference, version) => {
    expect(catalogue.find(reference)).toMatchObject({
      image: 'example.com:5000/shop:*',
      env: { SERVICE: 'shop', VERSION: version, BOTH: `a-${version}-${version}` },
    });
  });

  test('an entry that does not ask for it is the same whatever the tag', () => {
    expect(catalogue.find('example.com/plain:v7')).toBe(catalogue.entries[1]);
  });
});
