import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { mountPoints, toProtect } from './read-only-tree.ts';

const MOUNTINFO = [
  '21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
  '22 21 0:21 / /proc rw,nosuid - proc proc rw',
  '23 21 0:22 / /mnt/with\\040space rw,nodev - tmpfs tmpfs rw',
  '24 21 0:23 / /sealed ro - tmpfs tmpfs rw',
  '25 21 0:24 / /runtime rw - tmpfs tmpfs rw',
  '26 21 0:25 / /run/own/volatile rw - tmpfs tmpfs rw',
  '',
].join('\n');

test("everything writable is protected, but what is the node's own and what lies below it", () => {
  const paths = toProtect(mountPoints(MOUNTINFO), ['/proc', '/run']).map((mount) => mount.path);
  expect(paths).toEqual(['/', '/mnt/with space', '/runtime']);
  expect(mountPoints(MOUNTINFO)[2]?.options).toEqual(['rw', 'nodev']);
});

test.runIf(process.geteuid?.() === 0)(
  'in a mount namespace: nothing of the machine can be written, what is ours can',
  () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'read-only-'));
    const [ours, theirs] = [path.join(folder, 'ours'), path.join(folder, 'theirs')];
    for (const each of [ours, theirs]) mkdirSync(each);
    const module = JSON.stringify(path.join(import.meta.dirname, 'read-only-tree.ts'));
    const program = `
    const { makeTreeReadOnly } = await import(${module});
    const { writeFileSync } = await import('node:fs');
    await makeTreeReadOnly(${JSON.stringify([ours])}, ['/proc', '/dev']);
    const attempt = (file) => { try { writeFileSync(file, 'x'); return 'written'; } catch (error) { return error.code; } };
    console.log(JSON.stringify(${JSON.stringify([`${ours}/x`, `${theirs}/x`, '/etc/x', '/x', '/root/x'])}.map(attempt)));`;
    try {
      const argv = ['-m', '--propagation', 'private', process.execPath, '--input-type=module', '-e', program];
      const said = execFileSync('unshare', argv, { encoding: 'utf8' });
      expect(JSON.parse(said)).toEqual(['written', 'EROFS', 'EROFS', 'EROFS', 'EROFS']);
      expect(readdirSync(theirs)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
