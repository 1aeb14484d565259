import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { archiveDocuments, describeImage, RECIPE_LABEL } from './image-document.ts';
import type { ImagePlan } from './image-plan.ts';
import type { Layer } from './layer.ts';

const layer = (key: string): Layer => ({
  key,
  sha256: createHash('sha256').update(key).digest('hex'),
  bytes: 10,
  contains: [],
  file: `/cache/${key}.tar`,
});
const [base, own, other] = [layer('runtime'), layer('own'), layer('other')];

const plan: ImagePlan = {
  name: 'istio-proxy',
  tags: ['registry.example:5000/mesh/proxy:1.2', 'registry.example:5000/mesh/proxy:latest'],
  version: '1.2',
  base: 'runtime',
  files: [],
  config: { entrypoint: ['/bin/agent'], user: '1337:1337', environment: { A: 'b=c' }, workingDirectory: '/w' },
  parts: ['pilot-agent 1.2 (Go module x)', 'envoy 3 (wheel y)'],
};

test('the configuration is what an engine runs, and says who built it from what', () => {
  const image = describeImage(plan, [base, own], 'amd64');
  const configuration = JSON.parse(image.configuration);
  expect(configuration).toMatchObject({
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: ['/bin/agent'], User: '1337:1337', WorkingDir: '/w' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${base.sha256}`, `sha256:${own.sha256}`] },
  });
  expect(configuration.config.Env).toEqual([expect.stringMatching(/^PATH=.*\/usr\/bin/), 'A=b=c']);
  expect(configuration.history).toHaveLength(2);
  expect(configuration.config.Labels).toEqual({
    'org.opencontainers.image.title': 'istio-proxy (own build of canaryproof)',
    'org.opencontainers.image.version': '1.2',
    'org.opencontainers.image.vendor': 'canaryproof',
    'org.opencontainers.image.description':
      'built by canaryproof from pilot-agent 1.2 (Go module x), envoy 3 (wheel y)',
    [RECIPE_LABEL]: image.recipe,
  });
  expect(image.id).toBe(`sha256:${createHash('sha256').update(image.configuration).digest('hex')}`);
});

test('the same content has the same id; anything that changes it has another', () => {
  const id = (change: Partial<ImagePlan> = {}, layers = [base, own]) =>
    describeImage({ ...plan, ...change }, layers, 'amd64').id;
  const changed = [
    id({ tags: ['a:1'] }),
    id({ version: '1.3' }),
    id({ parts: [] }),
    id({ config: { ...plan.config, user: '0' } }),
    id({}, [base, other]),
    id({}, [own, base]),
  ];
  expect(id()).toBe(id());
  expect(new Set([id(), ...changed]).size).toBe(changed.length + 1);
});

test('an archive names each image, and holds a shared layer once', () => {
  const first = describeImage(plan, [base, own], 'amd64');
  const second = describeImage({ ...plan, name: 'pause', tags: ['pause:3'] }, [base, other], 'amd64');
  const { texts, layers } = archiveDocuments([first, second]);
  expect(Object.keys(texts)[0]).toBe('repositories');
  expect(JSON.parse(texts.repositories ?? '')).toEqual({
    'registry.example:5000/mesh/proxy': { '1.2': own.sha256, latest: own.sha256 },
    pause: { 3: other.sha256 },
  });
  expect(JSON.parse(texts['manifest.json'] ?? '')).toEqual([
    {
      Config: `${first.id.slice(7)}.json`,
      RepoTags: plan.tags,
      Layers: [`${base.sha256}.tar`, `${own.sha256}.tar`],
    },
    {
      Config: `${second.id.slice(7)}.json`,
      RepoTags: ['pause:3'],
      Layers: [`${base.sha256}.tar`, `${other.sha256}.tar`],
    },
  ]);
  expect(texts[`${second.id.slice(7)}.json`]).toBe(second.configuration);
  expect(layers).toEqual(Object.fromEntries([base, own, other].map(({ sha256, file }) => [`${sha256}.tar`, file])));
});
