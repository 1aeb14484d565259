import { expect, test } from 'vitest';
import { parsePackages, RUNTIME_ROOT, rootHash } from './debian-root.ts';
import { NODE_ROOT } from './node-root.ts';

test("packages and versions out of dpkg's records", () => {
  const status =
    'Package: git\nStatus: install ok installed\nVersion: 1:2.39\n more: x\n\nPackage: base-files\nVersion: 12\n';
  expect(parsePackages(status)).toEqual(['base-files 12', 'git 1:2.39']);
  expect(parsePackages('')).toEqual([]);
});

test('the hash follows what decides the content, not the order of packages', () => {
  const hash = rootHash(RUNTIME_ROOT, 'amd64');
  expect(rootHash({ ...RUNTIME_ROOT, packages: [...RUNTIME_ROOT.packages].reverse() }, 'amd64')).toBe(hash);
  const others = [
    rootHash(RUNTIME_ROOT, 'arm64'),
    rootHash({ ...RUNTIME_ROOT, packages: [...RUNTIME_ROOT.packages, 'less'] }, 'amd64'),
    rootHash({ ...RUNTIME_ROOT, finish: 'true' }, 'amd64'),
    rootHash(NODE_ROOT, 'amd64'),
  ];
  expect(new Set([hash, ...others]).size).toBe(others.length + 1);
});
