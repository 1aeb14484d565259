/** Connects the verb `images` with the images that are built here. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { dockerEngine } from '../../../clusters/images/engine.ts';
import type { ImagePlan } from '../../../clusters/images/image-plan.ts';
import { componentImages, IMAGE_COMPONENTS } from '../../../clusters/images/image-plans.ts';
import { createImages, type Images } from '../../../clusters/images/images.ts';
import { NODE_IMAGE_NAME } from '../../../clusters/images/images-status.ts';
import { NODE_COMPONENTS } from '../../../clusters/images/node-plans.ts';
import { standInImages } from '../../../clusters/images/stand-in-plans.ts';
import { bundleWorkload } from '../../../k8s/workload/bundle-workload.ts';
import { usageError } from '../../errors/harness-error.ts';
import type { ImageMapping } from '../../ports/cluster.ts';
import type { Progress } from '../../ports/progress.ts';
import { cacheDirectory, ensureComponents } from '../compose/components.ts';
import type { World } from '../world.ts';
import type { ImagesProduct, ImagesRequest } from './images-service.ts';
import { shippedStandIns } from './shipped-stand-ins.ts';

/**
 * One action of `images`, and what the engine and the cache hold afterwards.
 * @throws HarnessError (exit 3) when no engine answers or an image cannot be built
 */
export async function images(world: World, request: ImagesRequest, progress: Progress): Promise<ImagesProduct> {
  const rooms = imagesOf(world, progress);
  const done = { built: [] as readonly string[], loaded: [] as readonly string[], freedBytes: 0 };
  switch (request.action) {
    case 'build':
      Object.assign(done, await buildAll(world, request, rooms, progress));
      break;
    case 'load':
      done.loaded = await load(world, request, rooms, progress);
      break;
    case 'clean':
      done.freedBytes = await rooms.clean(request.everything ? 'everything' : 'unused');
      break;
    case 'list':
      break;
  }
  return { ...(await rooms.status()), ...done };
}

async function buildAll(world: World, { only, componentVersions }: ImagesRequest, rooms: Images, progress: Progress) {
  const withNode = only === undefined || only.includes(NODE_IMAGE_NAME);
  const names = [...new Set([...IMAGE_COMPONENTS, ...(withNode ? NODE_COMPONENTS : [])])];
  const toolset = await ensureComponents(world, names, componentVersions ?? {}, progress);
  const { mappings, references } = await shippedStandIns(world, toolset);
  const plans = chosen([...componentImages(toolset), ...(await standIns(world, mappings, references))], only);
  const { built } = await rooms.build({ toolset, plans, withNode });
  return { built, loaded: await rooms.loadIntoEngine(plans.map(({ name }) => name)) };
}

function chosen(all: readonly ImagePlan[], only: readonly string[] | undefined): readonly ImagePlan[] {
  if (only === undefined) return all;
  const known = [NODE_IMAGE_NAME, ...all.map(({ name }) => name)];
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw usageError('IMAGE_UNKNOWN', `there is no image ${unknown.join(', ')}`, {
      hint: `Known: ${known.join(', ')}.`,
    });
  return all.filter(({ name }) => only.includes(name));
}

async function load(world: World, { only, cluster }: ImagesRequest, rooms: Images, progress: Progress) {
  if (cluster === undefined) return rooms.loadIntoEngine(only);
  const toolset = await ensureComponents(world, ['kind'], {}, progress);
  return rooms.loadIntoCluster(only, cluster, toolset.component('kind').programs.kind?.path ?? 'kind');
}

/** The room `images` on this machine's cache and engine; Debian's packages come from CANARYPROOF_DEBIAN_MIRROR if set. */
export function imagesOf(world: World, progress: Progress): Images {
  const { signal } = world.interruption;
  return createImages({
    cacheDirectory: cacheDirectory(world),
    engine: dockerEngine(signal),
    progress,
    signal,
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    debianMirror: world.env.CANARYPROOF_DEBIAN_MIRROR || undefined,
  });
}

/** Images of the stand-in workload for those references that a mapping covers; none without a mapping. */
export async function standIns(world: World, mappings: readonly ImageMapping[], references: readonly string[]) {
  if (mappings.length === 0) return [];
  const bundle = await bundleWorkload(path.join(cacheDirectory(world), 'workload', 'server.mjs'));
  const node = { path: process.execPath, sha256: await sha256OfFile(process.execPath), version: process.version };
  return standInImages(mappings, references, { bundle: { path: bundle.file, sha256: bundle.sha256 }, node });
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
