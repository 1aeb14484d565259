/**
 * Offline images: built from the programs of the toolchain and from Debian packages, kept in the cache by content, and
 * handed to an engine or a kind cluster. Nothing is pulled from anywhere.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { environmentError, usageError } from '../../harness/errors/harness-error.ts';
import type { Progress, StepHandle } from '../../harness/ports/progress.ts';
import { ProgramError, runProgram } from '../../harness/process/run-program.ts';
import { withCacheLock } from '../toolchain/cache-lock.ts';
import { directoryBytes, gibibytes, requireDiskSpace } from '../toolchain/disk-space.ts';
import type { Toolset } from '../toolchain/toolset.ts';
import { debianRoot, RUNTIME_ROOT, rootHash } from './debian-root.ts';
import type { Engine } from './engine.ts';
import { writeArchive } from './image-archive.ts';
import type { BuiltImage } from './image-document.ts';
import type { ImagePlan } from './image-plan.ts';
import { buildImage, readImages, recordImage, removeUnused, storeLayout } from './image-store.ts';
import { type ImagesStatus, imagesStatus, NODE_IMAGE_NAME } from './images-status.ts';
import type { Layer } from './layer.ts';
import { buildNodeImage, planNodeImage } from './node-image.ts';
import { NODE_ROOT } from './node-root.ts';

/** Disk that the steps of a build want for a while, beside what stays. */
const NODE_SCRATCH_BYTES = 5 * 1024 ** 3;
const IMAGE_SCRATCH_BYTES = 2 * 1024 ** 3;

export interface ImagesPorts {
  readonly cacheDirectory: string;
  readonly engine: Engine;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** As engines call it: amd64 or arm64. */
  readonly architecture: string;
  /** Of a Debian mirror to be used instead of the usual one. */
  readonly debianMirror: string | undefined;
}

export interface BuildRequest {
  readonly toolset: Toolset;
  /** Without the node image. */
  readonly plans: readonly ImagePlan[];
  readonly withNode: boolean;
}

export interface BuildResult {
  /** Names of what had to be built. */
  readonly built: readonly string[];
  /** Reference of the node image, where it was asked for. */
  readonly nodeImage: string | undefined;
}

export interface Images {
  /** Builds what is not there; the node image into the engine, the others into the cache. */
  build(request: BuildRequest): Promise<BuildResult>;
  status(): Promise<ImagesStatus>;
  /** Images of these names (undefined: all that are built) into the engine. @returns names of what was not there */
  loadIntoEngine(names: readonly string[] | undefined): Promise<readonly string[]>;
  /** Into every node of a kind cluster. @param kind path of the program */
  loadIntoCluster(names: readonly string[] | undefined, cluster: string, kind: string): Promise<readonly string[]>;
  /** unused: what no present image stands on. everything: the cache's images and ours in the engine. @returns bytes */
  clean(what: 'unused' | 'everything'): Promise<number>;
}

export function createImages(ports: ImagesPorts): Images {
  const { cacheDirectory, engine, progress, signal, architecture } = ports;
  const layout = storeLayout(cacheDirectory);
  const locked = <T>(work: () => Promise<T>): Promise<T> => {
    const onWait = (holder: string) => progress.note(`${holder} is building images in ${layout.root}; waiting for it`);
    return withCacheLock(layout.lockFile, { signal, onWait, onLost: () => undefined }, work);
  };
  const roots = { runtime: RUNTIME_ROOT, node: NODE_ROOT };
  const root = async (name: 'runtime' | 'node'): Promise<Layer> =>
    step(progress, `Debian packages of the ${name} root`, (handle) =>
      debianRoot(roots[name], {
        directory: layout.roots,
        architecture,
        mirror: ports.debianMirror,
        signal,
        say: (text) => handle.update(text),
      }),
    );
  let runtimeLayer: Promise<Layer> | undefined;
  const runtime = () => {
    runtimeLayer ??= root('runtime');
    return runtimeLayer;
  };
  const build = (plan: ImagePlan) => buildImage(plan, runtime, layout, architecture, signal);
  const planNode = (toolset: Toolset) =>
    planNodeImage(
      toolset,
      Object.values(roots).map((plan) => ({ plan, hash: rootHash(plan, architecture) })),
      signal,
    );

  async function buildNode(toolset: Toolset): Promise<BuildResult> {
    const plan = await planNode(toolset);
    const nodeImage = plan.reference;
    if ((await engine.inspect(nodeImage))?.recipe === plan.recipe) return { built: [], nodeImage };
    await requireDiskSpace(layout.root, NODE_SCRATCH_BYTES, 0);
    await step(progress, `image ${NODE_IMAGE_NAME} ${plan.version}`, (handle) => {
      const place = { layout, architecture, engine, signal, say: (text: string) => handle.update(text), root, build };
      return buildNodeImage(plan, toolset, place);
    });
    return { built: [NODE_IMAGE_NAME], nodeImage };
  }

  async function buildOne(plan: ImagePlan, known: readonly BuiltImage[]): Promise<readonly string[]> {
    const built = await step(progress, `image ${plan.name} ${plan.version}`, () => build(plan));
    const before = known.find(({ name }) => name === plan.name);
    if (before?.recipe === built.recipe) return [];
    await recordImage(built, layout);
    return [built.name];
  }

  async function chosen(names: readonly string[] | undefined): Promise<readonly BuiltImage[]> {
    const images = await readImages(layout);
    if (names === undefined) return images;
    const unknown = names.filter((name) => !images.some((image) => image.name === name));
    if (unknown.length === 0) return images.filter(({ name }) => names.includes(name));
    throw usageError('IMAGE_UNKNOWN', `no image of this name is built: ${unknown.join(', ')}`, {
      hint:
        images.length === 0
          ? 'Run "canaryproof images build" first.'
          : `Built are ${images.map(({ name }) => name).join(', ')}.`,
    });
  }

  async function withArchive(images: readonly BuiltImage[], use: (file: string) => Promise<void>): Promise<void> {
    await requireDiskSpace(layout.root, IMAGE_SCRATCH_BYTES, 0);
    const file = path.join(layout.scratch, `images-${process.pid}.tar`);
    await mkdir(layout.scratch, { recursive: true });
    try {
      await writeArchive(images, file, signal);
      await use(file);
    } finally {
      await rm(file, { force: true });
    }
  }

  return {
    async build({ toolset, plans, withNode }) {
      if (withNode) await engine.version();
      return locked(async () => {
        await requireDiskSpace(layout.root, IMAGE_SCRATCH_BYTES, await directoryBytes(layout.root));
        const known = await readImages(layout);
        const node = withNode ? await buildNode(toolset) : { built: [], nodeImage: undefined };
        const built = [...node.built];
        for (const plan of plans) built.push(...(await buildOne(plan, known)));
        progress.note(`images: ${gibibytes(await directoryBytes(layout.root))} in ${layout.root}`);
        return { built, nodeImage: node.nodeImage };
      });
    },

    status: () => imagesStatus(layout, engine),

    async loadIntoEngine(names) {
      await engine.version();
      const missing: BuiltImage[] = [];
      for (const image of await chosen(names)) {
        const found = await Promise.all(image.tags.map((tag) => engine.inspect(tag)));
        if (found.some((each) => each?.recipe !== image.recipe)) missing.push(image);
      }
      if (missing.length > 0)
        await step(progress, `${missing.length} images into the engine`, () =>
          locked(() => withArchive(missing, (file) => engine.load(file))),
        );
      return missing.map(({ name }) => name);
    },

    async loadIntoCluster(names, cluster, kind) {
      const images = await chosen(names);
      if (images.length === 0) return [];
      await step(progress, `${images.length} images into the nodes of ${cluster}`, () =>
        withArchive(images, async (file) => {
          await runProgram([kind, 'load', 'image-archive', file, '--name', cluster], { signal }).catch(
            (error: unknown) => {
              if (!(error instanceof ProgramError) || signal.aborted) throw error;
              throw environmentError('IMAGES_NOT_LOADED', `kind could not load the images: ${error.message}`, {
                hint: 'Is there a kind cluster of this name? "kind get clusters" lists them.',
                cause: error,
              });
            },
          );
        }),
      );
      return images.map(({ name }) => name);
    },

    clean: (what) =>
      locked(async () => {
        const before = await directoryBytes(layout.root);
        const images = what === 'everything' ? [] : await readImages(layout);
        const rootKeys = Object.values(roots).map(
          (plan) => `${plan.name}-${rootHash(plan, architecture).slice(0, 12)}`,
        );
        await removeUnused(layout, images, what === 'everything' ? [] : rootKeys);
        if (what === 'everything' && (await engine.version().catch(() => undefined)) !== undefined)
          await engine.remove(await engine.ownImages());
        return Math.max(0, before - (await directoryBytes(layout.root)));
      }),
  };
}

async function step<T>(progress: Progress, name: string, work: (handle: StepHandle) => Promise<T>): Promise<T> {
  const handle = progress.step(name);
  try {
    const result = await work(handle);
    handle.done();
    return result;
  } catch (error) {
    handle.fail(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    throw error;
  }
}
