import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFolderTree } from '../repository-tree.ts';
import { templateText } from './template-text.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'canaryproof-template-test-')));
  await mkdir(path.join(folder, 'repository/charts'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

test('the text behind a rendered object is one of the repository, whatever the template says where it comes from', async () => {
  const tree = await readFolderTree(path.join(folder, 'repository'), undefined);
  await writeFile(path.join(folder, 'secret'), 'password: x');
  await writeFile(path.join(folder, 'repository/charts/ignored.yaml'), 'a: 1');
  await symlink('../../secret', path.join(folder, 'repository/charts/link.yaml'));
  await symlink('/dev', path.join(folder, 'repository/devices'));
  expect(await templateText({ tree }, 'charts/ignored.yaml')).toBe('a: 1');
  for (const file of [
    '../secret',
    'charts/link.yaml',
    'devices/zero',
    '../../../../../../../dev/zero',
    'charts',
    'none',
  ])
    expect(await templateText({ tree }, file), file).toBe('');
});
