import { expect, test } from 'vitest';
import { createFakeServices } from '../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import type { ImagesProduct } from '../compose/images-service.ts';
import { run } from '../run.ts';

const product: ImagesProduct = {
  images: [
    {
      name: 'istio-proxy',
      tags: ['registry.example/proxy:latest', 'registry.example/proxy:1.2'],
      version: '1.2',
      id: `sha256:${'0123456789abcdef'.repeat(4)}`,
      bytes: 300 * 1024 ** 2,
      origin: 'built by canaryproof from envoy 1.40',
      where: ['cache', 'engine'],
    },
  ],
  cacheDirectory: '/cache/images',
  cacheBytes: 2 * 1024 ** 3,
  engineVersion: '20.10.24',
  built: ['istio-proxy'],
  loaded: [],
  freedBytes: 5 * 1024 ** 2,
};

async function images(...words: string[]) {
  const world = createFakeWorld();
  const services = createFakeServices();
  const asked: unknown[] = [];
  const exitCode = await run(world, ['images', ...words], {
    ...services,
    images: async (request) => {
      asked.push(request);
      return product;
    },
  });
  return { exitCode, asked, stdout: world.stdoutText(), stderr: world.stderrText() };
}

test.each([
  [['build'], { action: 'build' }],
  [
    ['build', '--only', 'k6', '--only', 'redis', '--component', 'argo-rollouts=1.8.5'],
    { action: 'build', only: ['k6', 'redis'], componentVersions: { 'argo-rollouts': '1.8.5' } },
  ],
  [['list'], { action: 'list' }],
  [['load', '--only', 'k6', '--cluster', 'mine'], { action: 'load', only: ['k6'], cluster: 'mine' }],
  [['clean'], { action: 'clean' }],
  [['clean', '--all'], { action: 'clean', everything: true }],
])('images %j', async (words, request) => {
  const { exitCode, asked } = await images(...words);
  expect(asked).toEqual([request]);
  expect(exitCode).toBe(0);
});

test('the list has one line for each name, with size and origin, then the disk and the engine', async () => {
  const { stdout } = await images('list');
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^NAME +IMAGE +VERSION +ID +SIZE +WHERE +FROM$/),
    expect.stringMatching(
      /^istio-proxy +registry.example\/proxy:latest +1.2 +0123456789ab +300 MiB +cache\+engine +built by canaryproof from envoy 1.40$/,
    ),
    expect.stringMatching(/^istio-proxy +registry.example\/proxy:1.2 /),
    '2048 MiB in /cache/images',
    'Docker engine 20.10.24',
    '',
  ]);
});

test('as JSON it is the product', async () => {
  expect(JSON.parse((await images('list', '-o', 'json')).stdout)).toEqual(product);
});

test('build and clean say what they did', async () => {
  expect((await images('build')).stdout).toBe(
    'built istio-proxy\nloaded nothing: all of it was there\n2048 MiB in /cache/images\n',
  );
  expect((await images('clean')).stdout).toBe('5 MiB given back, 2048 MiB in /cache/images\n');
});

test.each([[[]], [['bake']], [['build', '--cluster', 'x']], [['load', '--all']]])(
  'images %j is bad usage',
  async (words) => {
    const { exitCode, asked, stderr } = await images(...words);
    expect(exitCode).toBe(2);
    expect(asked).toEqual([]);
    expect(stderr).not.toBe('');
  },
);
