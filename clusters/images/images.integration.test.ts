/** An image of one static program, through a real engine: built, loaded, run, replaced. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../../harness/process/run-program.ts';
import { reasonWithoutEngine } from '../../harness/testkit/engine/engine-for-tests.ts';
import { createSilentProgress } from '../../harness/testkit/fakes/silent-progress.ts';
import { createToolset } from '../toolchain/toolset.ts';
import { dockerEngine } from './engine.ts';
import { RECIPE_LABEL } from './image-document.ts';
import { textFile } from './image-parts.ts';
import type { ImagePlan } from './image-plan.ts';
import { createImages } from './images.ts';
import { sha256OfFile } from './layer.ts';

const kubectl = process.env.CANARYPROOF_KUBECTL;
const missing = kubectl ? reasonWithoutEngine() : 'CANARYPROOF_KUBECTL names no program';
const TAG = `canaryproof.local/test-${process.pid}:1`;

describe.skipIf(missing !== undefined)(`images in a Docker engine${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const { signal } = new AbortController();
  const engine = dockerEngine(signal);
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'images-engine-'));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
    if ((await engine.inspect(TAG)) !== undefined) await engine.remove([TAG]);
  });

  const images = () =>
    createImages({
      cacheDirectory: directory,
      engine,
      progress: createSilentProgress(),
      signal,
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      debianMirror: undefined,
    });
  const plan = async (words: string): Promise<ImagePlan> => ({
    name: 'test',
    tags: [TAG],
    version: '1',
    base: 'none',
    files: [
      { at: '/usr/local/bin/tool', from: kubectl ?? '', sha256: await sha256OfFile(kubectl ?? ''), executable: true },
      textFile('/etc/words', words),
    ],
    links: { '/usr/local/bin/alias': 'tool' },
    config: { entrypoint: ['alias'], user: '1000:1000', environment: { HOME: '/' } },
    parts: ['kubectl'],
  });
  const buildAndLoad = async (words: string) => {
    const plans = [await plan(words)];
    await images().build({ toolset: createToolset([], []), plans, withNode: false });
    return images().loadIntoEngine(undefined);
  };

  test('it runs, says who built it, and is loaded again only when it changed', async () => {
    expect(await buildAndLoad('one')).toEqual(['test']);
    const ran = await runProgram(['docker', 'run', '--rm', '--network', 'none', TAG, 'version', '--client']);
    expect(ran.stdout).toMatch(/Client Version: v1\./);
    const first = await engine.inspect(TAG);
    expect(first).toMatchObject({ origin: 'built by canaryproof from kubectl' });
    expect(await buildAndLoad('one')).toEqual([]);
    expect(await buildAndLoad('two')).toEqual(['test']);
    const second = await engine.inspect(TAG);
    expect(second?.recipe).not.toBe(first?.recipe);
    const label = await runProgram([
      'docker',
      'image',
      'inspect',
      '--format',
      `{{index .Config.Labels "${RECIPE_LABEL}"}}`,
      TAG,
    ]);
    expect(label.stdout.trim()).toBe(second?.recipe);
    expect((await images().status()).images).toContainEqual(
      expect.objectContaining({ name: 'test', where: ['cache', 'engine'] }),
    );
  });

  test('an image that it does not have is none', async () => {
    expect(await engine.inspect('canaryproof.local/nowhere:0')).toBeUndefined();
  });
});
