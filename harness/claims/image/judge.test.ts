import { describe, expect, test } from 'vitest';
import { createFakeScene } from '../../testkit/fakes/fake-scene.ts';
import type { ImageClaim } from './image-claim.ts';
import { judgeImage } from './judge.ts';

const CLAIM: ImageClaim = {
  ...{ id: 'shop/image', title: 'built in stages', kind: 'image' },
  ...{ dockerfile: 'Dockerfile', context: '.', base: 'nginx:*-alpine', stages: 2 },
};
const GOOD = `FROM node:24-alpine AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY src ./src
RUN npm run build
FROM nginx:1.30-alpine
COPY --from=build /app/dist /usr/share/nginx/html
`;
const PACKAGE = '{"scripts":{"build":"vite build"},"devDependencies":{"vite":"8"}}';
const FILES = { 'package.json': PACKAGE, 'package-lock.json': '{}', 'src/a.js': '', '.gitignore': 'node_modules/\n' };

async function judge(dockerfile: string | undefined, files: Readonly<Record<string, string>> = FILES, change = {}) {
  const scene = await createFakeScene();
  const all = { ...files, ...(dockerfile === undefined ? {} : { Dockerfile: dockerfile }) };
  await scene.source.commit(
    Object.entries(all).map(([path, text]) => ({ path, text })),
    'the page',
  );
  return judgeImage({ ...CLAIM, ...change }, scene);
}

test('built in stages from what is there: passed', async () => {
  const { claim, findings } = await judge(GOOD);
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toContain('2 stages, the last on nginx:1.30-alpine');
  expect(findings).toEqual([]);
});

describe('fails', () => {
  test.each([
    ['without a Dockerfile', undefined, FILES, 'IMAGE_DOCKERFILE_MISSING'],
    ['on another base', GOOD.replace('nginx:1.30-alpine', 'nginx:1.30'), FILES, 'IMAGE_BASE_DIFFERS'],
    ['when nothing is copied from the build', GOOD.replace(/COPY --from.*/, ''), FILES, 'IMAGE_NOT_STAGED'],
    ['when a stage is missing', GOOD.replace('--from=build', '--from=builder'), FILES, 'DOCKERFILE_STAGE_MISSING'],
    ['before package.json is there (ENOENT)', GOOD.replace(/COPY package.*/, ''), FILES, 'DOCKERFILE_PACKAGE_MISSING'],
    [
      'where the context has no package.json',
      GOOD,
      { 'src/a.js': '', 'package-lock.json': '' },
      'DOCKERFILE_PACKAGE_MISSING',
    ],
    ['before an install (vite: not found)', GOOD.replace('RUN npm ci', ''), FILES, 'DOCKERFILE_SCRIPT_WITHOUT_INSTALL'],
    [
      'without development dependencies',
      GOOD.replace('npm ci', 'npm ci --omit=dev'),
      FILES,
      'DOCKERFILE_SCRIPT_WITHOUT_INSTALL',
    ],
  ])('%s', async (_, dockerfile, files, code) => {
    const { claim, findings } = await judge(dockerfile, files as Readonly<Record<string, string>>);
    expect(claim.outcome).toBe('failed');
    expect(findings).toMatchObject([{ code, severity: 'error' }]);
    expect(findings?.[0]?.where).toBeDefined();
    expect(findings?.[0]?.hint).toBeDefined();
  });

  test('when what it copies is not in the context that the claim names', async () => {
    const { claim, findings } = await judge(GOOD.replace('COPY src ./src', 'COPY src ./src\nCOPY dist ./dist'));
    expect(findings).toMatchObject([{ code: 'DOCKERFILE_SOURCE_MISSING' }]);
    expect(claim).toMatchObject({ outcome: 'failed', sentence: expect.stringContaining('holds no dist') as string });
  });

  test('when it is one stage', async () => {
    const { findings } = await judge('FROM nginx:1-alpine\nCOPY src /usr/share/nginx/html\n');
    expect(findings).toMatchObject([{ code: 'IMAGE_NOT_STAGED' }]);
  });
});

test('the context is the folder that the claim names', async () => {
  const files = Object.fromEntries(Object.entries(FILES).map(([path, text]) => [`web/${path}`, text]));
  expect((await judge(GOOD, files, { context: 'web' })).claim.outcome).toBe('passed');
  const { findings } = await judge(GOOD, files);
  expect(findings).toMatchObject([
    { code: 'DOCKERFILE_PACKAGE_MISSING', where: 'Dockerfile:3:1', hint: expect.stringContaining('beside') as string },
    { code: 'DOCKERFILE_SOURCE_MISSING', severity: 'warning' },
    { code: 'DOCKERFILE_SOURCE_MISSING', severity: 'warning' },
  ]);
});
