/** Repositories by address, and read a second time; init-repository.test.ts holds the rest. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectReferenced } from '../overlay/collect-referenced.ts';
import type { ReferencedSource } from '../profile/profile.ts';
import { parseProfile } from '../profile/profile-kind.ts';
import { type InitRequest, initRepository } from './init-repository.ts';
import { DEFAULT_ANSWERS, type InitQuestions } from './questions.ts';
import { SHOP } from './repository-fixture.ts';

/** Plain manifests need neither. */
const NO_PROGRAMS = {
  kustomize: () => Promise.reject(new Error('asked for kustomize')),
  helm: () => Promise.reject(new Error('asked for helm')),
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'canaryproof-init-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), text);
  }
}

function init(change: Partial<InitRequest> = {}, questions: InitQuestions = DEFAULT_ANSWERS) {
  const request: InitRequest = {
    ...{ from: '.', workingDirectory: root, to: undefined, force: false, unit: undefined },
    ...{ valueFiles: [], host: undefined, pauses: undefined },
    ...change,
  };
  return initRepository(request, NO_PROGRAMS, questions, '1.0.0');
}

async function profileIn(directory: string) {
  return parseProfile(await readFile(path.join(directory, 'profile.yaml'), 'utf8'), 'profile.yaml', directory);
}

async function rendered(directory: string) {
  const profile = await profileIn(directory);
  return {
    profile,
    files: await collectReferenced(profile, profile.source.repository as ReferencedSource, NO_PROGRAMS),
  };
}

describe('init', () => {
  it('reads a second time what is there then, and refuses an overlay of something else', async () => {
    await write({ 'k8s/shop.yaml': SHOP });
    const { directory } = await init();
    await write({ 'k8s/shop.yaml': SHOP.replace('shop:v1', 'shop:v1.5') });
    const { files } = await rendered(directory);
    expect(files.find(({ path: file }) => file.includes('rollout'))?.text).toContain('shop:v1.5');
    await write({ 'k8s/shop.yaml': SHOP.replace('name: shop-gateway', 'name: other-gateway') });
    await expect(rendered(directory)).rejects.toMatchObject({ code: 'OVERLAY_STALE', exitCode: 2 });
  });

  it('is the same from an address, at the commit that was read', async () => {
    await write({ 'origin/k8s/shop.yaml': SHOP });
    const git = (...words: string[]) =>
      execFileSync('git', ['-C', path.join(root, 'origin'), '-c', 'user.name=a', '-c', 'user.email=a@b', ...words]);
    git('init', '--quiet');
    git('add', '-A');
    git('commit', '--quiet', '-m', 'one');
    const commit = git('rev-parse', 'HEAD').toString().trim();
    const { directory } = await init({ from: `file://${root}/origin`, to: 'out' });
    await write({ 'origin/k8s/shop.yaml': 'kind: Nothing\n' });
    git('commit', '--quiet', '-am', 'two');
    expect((await profileIn(directory)).source.repository?.from).toEqual({ url: `file://${root}/origin`, commit });
    expect((await rendered(directory)).files.map(({ path: file }) => file)).toContain('manifests/rollout-shop.yaml');
  });
});
