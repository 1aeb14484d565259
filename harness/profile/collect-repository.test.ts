import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usageError } from '../errors/harness-error.ts';
import { collectRepository } from './collect-repository.ts';
import type { Profile } from './profile.ts';
import { parseProfile } from './profile-kind.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'canaryproof-repository-'));
  await mkdir(path.join(root, 'repository/base'), { recursive: true });
  await writeFile(path.join(root, 'repository/application.yaml'), 'kind: Application\n');
  await writeFile(path.join(root, 'repository/base/shop.yaml'), 'kind: Service\n');
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

function profile(source: string): Profile {
  return parseProfile(
    `apiVersion: canaryproof.dev/v1alpha1
kind: Profile
name: shop
title: Shop
namespaces: [{ name: shop }]
source: ${source}
claims: [{ id: shop/sidecars, title: Sidecars, kind: sidecars }]
`,
    'profile.yaml',
    root,
  );
}

const noComponents = () => Promise.reject(new Error('no component was asked for'));

describe('collectRepository', () => {
  it('joins the folder and the files of components, sorted', async () => {
    const files = await collectRepository(
      profile(
        '{ directory: repository, application: application.yaml, files: [{ component: istio, path: samples/a.yaml, as: base/a.yaml }] }',
      ),
      async (component, file) => `# ${component} ${file}\n`,
    );
    expect(files).toEqual([
      { path: 'application.yaml', text: 'kind: Application\n' },
      { path: 'base/a.yaml', text: '# istio samples/a.yaml\n' },
      { path: 'base/shop.yaml', text: 'kind: Service\n' },
    ]);
  });

  it.each([
    ['PROFILE_SOURCE_MISSING', '{ directory: elsewhere, application: application.yaml }'],
    ['PROFILE_APPLICATION_MISSING', '{ directory: repository, application: argocd/application.yaml }'],
    [
      'PROFILE_COMPONENT_FILE',
      '{ directory: repository, application: application.yaml, files: [{ component: istio, path: a.yaml, as: a.yaml }] }',
    ],
  ])('refuses with %s', async (code, source) => {
    await expect(collectRepository(profile(source), noComponents)).rejects.toMatchObject({
      code,
      exitCode: 2,
      where: 'profile.yaml',
    });
  });

  it('refuses a file that comes from both', async () => {
    const source =
      '{ directory: repository, application: application.yaml, files: [{ component: istio, path: a.yaml, as: base/shop.yaml }] }';
    await expect(collectRepository(profile(source), async () => '')).rejects.toMatchObject({
      code: 'PROFILE_DUPLICATE_FILE',
    });
  });

  it('keeps the error of a component that has one', async () => {
    const source = '{ application: a.yaml, files: [{ component: istio, path: a.yaml, as: a.yaml }] }';
    const reading = collectRepository(profile(source), () => Promise.reject(usageError('COMPONENT_UNKNOWN', 'which?')));
    await expect(reading).rejects.toMatchObject({ code: 'COMPONENT_UNKNOWN' });
  });

  it('refuses symbolic links', async () => {
    await symlink('/etc/hostname', path.join(root, 'repository/base/hostname.yaml'));
    const collecting = collectRepository(
      profile('{ directory: repository, application: application.yaml }'),
      noComponents,
    );
    await expect(collecting).rejects.toMatchObject({
      code: 'PROFILE_SOURCE_LINK',
      message: expect.stringContaining('hostname.yaml'),
    });
  });

  it.each([
    ['.git/config', '[core]\n\tfsmonitor = touch /tmp/owned\n'],
    ['base/.git', 'gitdir: /elsewhere\n'],
    ['base/.GIT/hooks/pre-commit', '#!/bin/sh\n'],
  ])('refuses %s', async (name, text) => {
    const file = path.join(root, 'repository', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
    const source = '{ directory: repository, application: application.yaml }';
    await expect(collectRepository(profile(source), noComponents)).rejects.toMatchObject({
      code: 'PROFILE_SOURCE_GIT',
      exitCode: 2,
    });
  });

  it('takes .gitignore, and any UTF-8 as it is, but nothing that is no text', async () => {
    await writeFile(path.join(root, 'repository/.gitignore'), '*.yaml\n');
    await writeFile(path.join(root, 'repository/base/mark.yaml'), '\ufeffa: \u00e9\r\n');
    const source = '{ directory: repository, application: application.yaml }';
    const files = await collectRepository(profile(source), noComponents);
    expect(files.map((file) => file.path)).toEqual([
      '.gitignore',
      'application.yaml',
      'base/mark.yaml',
      'base/shop.yaml',
    ]);
    expect(files[2]?.text).toBe('\ufeffa: \u00e9\r\n');

    await writeFile(path.join(root, 'repository/logo.png'), Buffer.from([0x89, 0x50, 0xff, 0xfe]));
    await expect(collectRepository(profile(source), noComponents)).rejects.toMatchObject({
      code: 'PROFILE_SOURCE_BINARY',
    });
  });
});
