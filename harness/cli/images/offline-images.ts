/** The images that a cluster of real nodes needs, built on this machine where they are not there yet. */
import type { PreloadedImage } from '../../../clusters/access/machines/machine.ts';
import { componentImages, IMAGE_COMPONENTS } from '../../../clusters/images/image-plans.ts';
import type { Images } from '../../../clusters/images/images.ts';
import { NODE_IMAGE_NAME } from '../../../clusters/images/images-status.ts';
import { NODE_COMPONENTS } from '../../../clusters/images/node-plans.ts';
import { CATALOGUE } from '../../../clusters/toolchain/catalogue/catalogue.ts';
import type { ClusterSpec } from '../../ports/cluster.ts';
import type { Progress } from '../../ports/progress.ts';
import { ensureComponents } from '../compose/components.ts';
import type { World } from '../world.ts';
import { imagesOf, standIns } from './images.ts';

const k6Version = CATALOGUE.find(({ component }) => component === 'k6')?.version ?? 'latest';
/** What a Job runs; the offline images bring it under this name. */
export const K6_IMAGE = `docker.io/grafana/k6:${k6Version}`;

/** Names of the images that an addon runs. */
const IMAGES_OF: Readonly<Record<string, readonly string[]>> = {
  istio: ['istio-pilot', 'istio-proxy'],
  argocd: ['argocd', 'redis'],
  'argo-rollouts': ['argo-rollouts'],
  prometheus: ['prometheus'],
};

export interface OfflineImages {
  /** Reference in the engine; undefined unless it was asked for. */
  readonly nodeImage: string | undefined;
  readonly images: readonly PreloadedImage[];
  /** Into every node of a kind cluster. */
  loadIntoKind(cluster: string, kind: string): Promise<void>;
  /** Into the engine of this machine. */
  loadIntoEngine(): Promise<void>;
}

/**
 * @param references images that the manifests of the profile name
 * @throws HarnessError whatever building programs and images throws
 */
export async function offlineImages(
  world: World,
  spec: ClusterSpec,
  references: readonly string[],
  options: { readonly withNode: boolean },
  progress: Progress,
): Promise<OfflineImages> {
  const components = [...new Set([...IMAGE_COMPONENTS, ...(options.withNode ? NODE_COMPONENTS : [])])];
  const toolset = await ensureComponents(world, components, spec.componentVersions, progress);
  const images = imagesOf(world, progress);
  const wanted = new Set([...spec.addons.flatMap((addon) => IMAGES_OF[addon] ?? []), 'k6']);
  const plans = [
    ...componentImages(toolset).filter(({ name }) => wanted.has(name)),
    ...(await standIns(world, spec.images, references)),
  ];
  await images.build({ toolset, plans, withNode: options.withNode });
  const names = plans.map(({ name }) => name);
  const { images: facts } = await images.status();
  const used = facts.filter(({ name }) => names.includes(name));
  return {
    nodeImage: newestNodeImage(facts),
    images: used.flatMap(({ tags, origin }) => tags.map((reference) => ({ reference, origin: ownBuild(origin) }))),
    loadIntoKind: async (cluster, kind) => void (await images.loadIntoCluster(names, cluster, kind)),
    loadIntoEngine: async () => void (await images.loadIntoEngine(names)),
  };
}

function newestNodeImage(facts: Awaited<ReturnType<Images['status']>>['images']): string | undefined {
  return facts.find(({ name }) => name === NODE_IMAGE_NAME)?.tags[0];
}

function ownBuild(origin: string): string {
  return /own build/i.test(origin) ? origin : `own build: ${origin}`;
}
