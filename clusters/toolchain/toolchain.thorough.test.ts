/** After a boot and side by side; toolchain.test.ts holds each refusal. */
import './toolchain.test.ts';
import { execFileSync } from 'node:child_process';
import { lstat, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { CATALOGUE } from './catalogue/catalogue.ts';
import type { Recipe } from './catalogue/recipe.ts';
import { cache, said, toolchain, toolchainCache } from './toolchain-fixture.ts';

toolchainCache();

describe('ensure', () => {
  it('keeps versions side by side', async () => {
    const { components } = await toolchain().ensure([
      { name: 'argo-rollouts', version: '1.7.2' },
      { name: 'argo-rollouts', version: '1.9.2' },
    ]);
    expect(new Set(components.map(({ directory }) => directory)).size).toBe(2);
  });

  it('keeps what succeeded when another build fails, and goes on from there', async () => {
    const refuseEtcd = (recipe: Recipe) => {
      if (recipe.component === 'etcd') throw environmentError('TOOLCHAIN_NETWORK', 'compiling etcd failed: no network');
    };
    // helm is longer than etcd in the catalogue, so etcd is compiled first and alone: make it the second.
    const slowEtcd = CATALOGUE.map((each) => (each.component === 'etcd' ? { ...each, typicalSeconds: 900 } : each));
    const request = [{ name: 'etcd' }, { name: 'helm' }];
    await expect(toolchain(refuseEtcd, slowEtcd).ensure(request)).rejects.toMatchObject({ code: 'TOOLCHAIN_NETWORK' });
    expect(said).toContain('build etcd 3.6.5 failed: compiling etcd failed: no network');
    expect(await readdir(path.join(cache, 'build', 'staging'))).toEqual([]);
    expect((await toolchain(undefined, slowEtcd).ensure(request)).built).toEqual(['etcd 3.6.5']);
  });
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

  it('hashes everything again after a boot', async () => {
    await ask();
    const [name = ''] = await readdir(path.join(cache, 'trust'));
    const record = path.join(cache, 'trust', name);
    const parsed = JSON.parse(await readFile(record, 'utf8'));
    await rewriteQuietly(await program(), 'prAgram of 3.6.5');
    // as the file system would show it after a restored image: nothing but the content differs
    const { ino, ctimeNs } = await lstat(await program(), { bigint: true });
    parsed.verified.files['programs/etcd'] = `${ino} ${ctimeNs}`;
    await writeFile(record, JSON.stringify(parsed));
    expect((await ask()).built).toEqual([]);
    await writeFile(record, JSON.stringify({ ...parsed, verified: { ...parsed.verified, bootId: 'an earlier one' } }));
    expect((await ask()).built).toEqual(['etcd 3.6.5']);
  });
});
