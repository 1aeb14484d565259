/** Manifests of a tenant who means no good. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refuseHostPath } from './host-paths.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'host-paths-'));
  for (const name of ['kubelet/pods/uid-a/volumes', 'kubelet/pods/uid-b/volumes/secret', 'own'])
    await mkdir(path.join(folder, name), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const at = (...names: string[]) => path.join(folder, ...names);
const refuse = (hostPath: string, podUid = 'uid-a') =>
  refuseHostPath({ kubelet: at('kubelet'), hostPaths: at('own') }, podUid, hostPath);

test("what the kubelet keeps for the pod, and the node's own folders", async () => {
  await writeFile(at('kubelet/pods/uid-a/etc-hosts'), '');
  for (const mine of [
    at('kubelet/pods/uid-a/volumes'),
    at('kubelet/pods/uid-a/etc-hosts'),
    at('own/data'),
    `${at('own/data')}/`,
  ])
    expect(await refuse(mine), mine).toBeUndefined();
});

test.each([
  '/',
  '/root',
  '/etc/shadow',
  '/var/run/docker.sock',
  '/proc/1/root',
  '/dev/sda',
  '/var/lib/kubelet',
  'relative',
  '',
])("the machine's %s", async (hostPath) => expect(await refuse(hostPath)).toContain('a hostPath may only be'));

test('ways around', async () => {
  await symlink('/', at('own/link'));
  await writeFile(at('own/file'), '');
  await symlink('/', at('kubelet/pods/uid-a/volumes/link'));
  for (const [hostPath, podUid] of [
    [at('own')],
    [at('own/link')],
    [at('own/link/root')],
    [at('own/a/b')],
    [at('own/file')],
    [`${at('own')}/../../etc`],
    [`${folder}//own/data`],
    [`${at('own')}-other/data`],
    [at('kubelet')],
    [at('kubelet/pods/uid-b/volumes/secret')],
    [at('kubelet/pods/uid-a')],
    [at('kubelet/pods/uid-a/volumes/link/root')],
    [`${at('kubelet/pods/uid-a')}/../uid-b/volumes`],
    [at('kubelet/pods/uid-b/volumes'), ''],
    [at('kubelet/pods/uid-b/volumes'), '.'],
    [at('kubelet/pods/uid-b/volumes'), '../pods/uid-b'],
  ] as const)
    expect(await refuse(hostPath, podUid), hostPath).toContain('a hostPath may only be');
});
