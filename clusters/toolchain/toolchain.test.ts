import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { thorough } from '../../harness/testkit/runner/thorough.ts';
import { CATALOGUE } from './catalogue/catalogue.ts';
import { built, cache, said, toolchain, toolchainCache } from './toolchain-fixture.ts';

toolchainCache();

describe('ensure', () => {
  it('builds what is missing once, and hands out true versions, hashes and data files', async () => {
    const first = await toolchain().ensure([{ name: 'etcd' }, { name: 'argo-rollouts', version: '1.8.5' }]);
    expect(first.built.toSorted()).toEqual(['argo-rollouts 1.8.5', 'etcd 3.6.5']);
    const second = await toolchain().ensure([{ name: 'etcd' }, { name: 'argo-rollouts', version: '1.8.5' }]);
    expect(second.built).toEqual([]);
    expect(built).toHaveLength(2);
    const rollouts = second.component('argo-rollouts', 'v1.8.5');
    expect(rollouts.programs['argo-rollouts']).toMatchObject({
      version: 'v1.8.5',
      origin: 'Go module github.com/argoproj/argo-rollouts v1.8.5',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(rollouts.dataFile('crd.yaml')).toBe(path.join(rollouts.directory, 'data/crd.yaml'));
    expect(() => rollouts.dataFile('other.yaml')).toThrow(/keeps no data file/);
    expect(() => second.component('k6')).toThrow(/not asked for/);
  });

  thorough('builds again what is damaged, and says why', async () => {
    const { components } = await toolchain().ensure([{ name: 'etcd' }, { name: 'k6' }]);
    await writeFile(path.join(components[0]?.directory ?? '', 'programs/etcd'), 'truncated');
    const healed = await toolchain().ensure([{ name: 'etcd' }, { name: 'k6' }]);
    expect(healed.built).toEqual(['etcd 3.6.5']);
    expect(said.join('\n')).toMatch(/etcd in the cache is damaged \(programs\/etcd has 9 bytes/);
    expect((await toolchain().ensure([{ name: 'etcd' }])).built).toEqual([]);
  });

  it('removes the build caches after success only, and what killed builders left', async () => {
    await mkdir(path.join(cache, 'build', 'staging', 'etcd-abandoned'), { recursive: true });
    await toolchain().ensure([{ name: 'k6' }]);
    expect((await readdir(cache)).toSorted()).toEqual(['components', 'lock', 'timings.json', 'trust']);
    expect(said.join('\n')).toMatch(/remove the build caches, [\d.]+ GiB/);
  });

  it('two at once build once', async () => {
    const gate = Promise.withResolvers<void>();
    const held = toolchain(() => gate.promise).ensure([{ name: 'etcd' }]);
    const second = toolchain().ensure([{ name: 'etcd' }]);
    await expect
      .poll(() => said.some((text) => text.includes('waiting until it is done')), { timeout: 30_000 })
      .toBe(true);
    gate.resolve();
    const both = await Promise.all([held, second]);
    expect(both.map((toolset) => toolset.built)).toContainEqual([]);
    expect(built).toEqual(['etcd']);
  });

  it('refuses before it builds when the disk is too small', async () => {
    const huge = CATALOGUE.map((each) => (each.component === 'etcd' ? { ...each, buildBytes: 2 ** 60 } : each));
    await expect(toolchain(undefined, huge).ensure([{ name: 'etcd' }])).rejects.toMatchObject({
      code: 'DISK_TOO_SMALL',
      exitCode: 3,
      hint: expect.stringContaining('CANARYPROOF_CACHE'),
    });
    expect(built).toEqual([]);
  });
});

thorough('status and clean tell installed, damaged, missing and outdated apart, and give space back', async () => {
  const { components } = await toolchain().ensure([{ name: 'etcd' }, { name: 'k6' }]);
  await rm(path.join(components[1]?.directory ?? '', 'programs/k6'));
  await mkdir(path.join(cache, 'components', 'etcd-3.5.0-0123456789ab'));
  const status = await toolchain().status();
  const state = (name: string) => status.components.find(({ component }) => component === name)?.state;
  expect([state('etcd'), state('k6'), state('helm')]).toEqual(['installed', 'damaged', 'missing']);
  expect(status.outdated.directories).toHaveLength(1);
  await toolchain().clean('outdated');
  expect((await toolchain().status()).outdated.directories).toEqual([]);
  expect(await toolchain().clean('everything')).toBeGreaterThan(0);
  expect((await toolchain().status()).components.every((each) => each.state === 'missing')).toBe(true);
});
describe('trust', () => {
  const ask = () => toolchain().ensure([{ name: 'etcd' }]);
  const only = async () => {
    const [name = ''] = await readdir(path.join(cache, 'components'));
    return path.join(cache, 'components', name);
  };
  const program = async () => path.join(await only(), 'programs', 'etcd');
  /** What hides from size and time of modification: the same length, and the time put back. */
  async function rewriteQuietly(file: string, text: string) {
    expect(text).toHaveLength((await stat(file)).size);
    const before = path.join(cache, 'before');
    execFileSync('cp', ['--preserve', file, before]);
    await writeFile(file, text);
    // to the nanosecond, which node:fs does not do
    execFileSync('touch', ['--reference', before, file]);
    await rm(before);
  }

  it('finds a program that was changed behind size and time, before it is handed out', async () => {
    await ask();
    await rewriteQuietly(await program(), 'prAgram of 3.6.5');
    expect((await ask()).built).toEqual(['etcd 3.6.5']);
    expect(await readFile(await program(), 'utf8')).toBe('program of 3.6.5');
    expect((await ask()).built).toEqual([]);
  });

  thorough('finds a manifest that was rewritten to fit a changed program', async () => {
    await ask();
    const manifest = path.join(await only(), 'manifest.json');
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const text = await readFile(manifest, 'utf8');
    await rewriteQuietly(await program(), 'prAgram of 3.6.5');
    await writeFile(manifest, text.replace(sha256('program of 3.6.5'), sha256('prAgram of 3.6.5')));
    const status = await toolchain().status({ thorough: true });
    expect(status.components.find(({ component }) => component === 'etcd')).toMatchObject({
      state: 'damaged',
      reason: 'its manifest is not the one that was installed',
    });
    expect((await ask()).built).toEqual(['etcd 3.6.5']);
  });

  thorough('takes a restored cache without records, after hashing it', async () => {
    await ask();
    await rm(path.join(cache, 'trust'), { recursive: true });
    expect((await ask()).built).toEqual([]);
    expect(await readdir(path.join(cache, 'trust'))).toHaveLength(1);
  });

  it('refuses a cache that others can write, whichever part of it', async () => {
    await ask();
    const parts = [
      cache,
      path.join(cache, 'components'),
      await only(),
      path.join(await only(), 'programs'),
      await program(),
    ];
    for (const part of parts) {
      const { mode } = await stat(part);
      await chmod(part, 0o777);
      await expect(ask(), part).rejects.toMatchObject({
        code: 'CACHE_NOT_TRUSTED',
        exitCode: 3,
        hint: expect.any(String),
      });
      await chmod(part, mode);
    }
    if (process.geteuid?.() === 0) {
      await chown(await program(), 65534, 65534);
      await expect(ask()).rejects.toThrow('it belongs to user 65534');
    }
  });

  thorough('refuses a program that is a link', async () => {
    await ask();
    const file = await program();
    await rename(file, path.join(cache, 'moved'));
    await symlink(path.join(cache, 'moved'), file);
    expect((await ask()).built).toEqual(['etcd 3.6.5']);
    expect((await lstat(file)).isFile()).toBe(true);
  });
});
