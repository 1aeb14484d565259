import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listProfiles, loadProfile, type ProfilePorts } from './load-profile.ts';

let root: string;
let ports: ProfilePorts;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'canaryproof-profiles-'));
  ports = { packageRoot: path.join(root, 'package'), workingDirectory: path.join(root, 'work') };
  const minimal = await readFile(path.join(import.meta.dirname, 'fixtures', 'valid-minimal.yaml'), 'utf8');
  for (const directory of [
    'package/k8s/profiles/shop',
    'package/k8s/profiles/bookinfo',
    'work/mine',
    'work/repository/canaryproof',
    'work/bookinfo',
  ]) {
    await mkdir(path.join(root, directory), { recursive: true });
    await writeFile(path.join(root, directory, 'profile.yaml'), minimal);
  }
  await mkdir(path.join(root, 'package/k8s/profiles/not-a-profile'));
  await mkdir(path.join(root, 'work/empty'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

describe('loadProfile', () => {
  it('lists the profiles of the package', async () => {
    expect(await listProfiles(ports)).toEqual(['bookinfo', 'shop']);
  });

  it.each([
    ['shop', 'package/k8s/profiles/shop'],
    ['bookinfo', 'package/k8s/profiles/bookinfo'],
    ['./bookinfo', 'work/bookinfo'],
    ['mine', 'work/mine'],
    ['mine/', 'work/mine'],
    ['mine/profile.yaml', 'work/mine'],
    ['./repository', 'work/repository/canaryproof'],
    ['../package/k8s/profiles/shop', 'package/k8s/profiles/shop'],
  ])('finds %s', async (typed, directory) => {
    const profile = await loadProfile(typed, ports);
    expect(profile.directory).toBe(path.join(root, directory));
    expect(path.resolve(ports.workingDirectory, profile.file)).toBe(path.join(root, directory, 'profile.yaml'));
  });

  it.each([
    ['bokinfo', 'PROFILE_UNKNOWN', "there is no profile 'bokinfo'; did you mean 'bookinfo'?"],
    ['gridos', 'PROFILE_UNKNOWN', "there is no profile 'gridos'"],
    ['empty', 'PROFILE_UNKNOWN', "there is no profile 'empty'"],
    ['./empty', 'PROFILE_NOT_FOUND', 'there is no profile.yaml in ./empty'],
    ['nowhere/at/all', 'PROFILE_NOT_FOUND', 'there is no profile.yaml in nowhere/at/all'],
    ['profile.yaml', 'PROFILE_NOT_FOUND', 'there is no profile.yaml in profile.yaml'],
    ['', 'PROFILE_NOT_FOUND', 'there is no profile.yaml in a directory without a name'],
  ])('refuses %j with %s', async (typed, code, message) => {
    await expect(loadProfile(typed, ports)).rejects.toMatchObject({
      code,
      message,
      exitCode: 2,
      hint: expect.stringContaining('Known profiles: bookinfo, shop'),
    });
  });

  it('names the file as the user would', async () => {
    await writeFile(path.join(root, 'work/mine/profile.yaml'), 'kind: Profile\n  nonsense: [\n');
    await expect(loadProfile('mine', ports)).rejects.toMatchObject({
      code: 'PROFILE_YAML_SYNTAX',
      where: expect.stringMatching(/^mine\/profile\.yaml:\d+:\d+$/),
    });
  });
});
