/** The documents inside an image archive, as engines and containerd read them: pure. */
import { createHash } from 'node:crypto';
import type { ImagePlan } from './image-plan.ts';
import { SEARCH_PATH } from './image-plan.ts';
import type { Layer } from './layer.ts';

/** Carried by every image of ours: which plan it was made from. */
export const RECIPE_LABEL = 'dev.canaryproof.recipe';
const EPOCH = '1970-01-01T00:00:00Z';

/** A built image: what is kept of it, and what `list` shows. */
export interface BuiltImage {
  readonly name: string;
  readonly tags: readonly string[];
  readonly version: string;
  readonly parts: readonly string[];
  /** Hash of the plan and everything below it. */
  readonly recipe: string;
  /** `sha256:...` of the configuration document. */
  readonly id: string;
  /** JSON text of the configuration document. */
  readonly configuration: string;
  readonly layers: readonly Layer[];
}

/** What only a node's base image has: a recipe that covers more than its own files, and systemd's signal. */
export interface Peculiarities {
  readonly recipe?: string;
  readonly stopSignal?: string;
}

export function describeImage(
  plan: ImagePlan,
  layers: readonly Layer[],
  architecture: string,
  peculiar: Peculiarities = {},
): BuiltImage {
  const recipe = peculiar.recipe ?? recipeOf(plan, layers);
  const { entrypoint, command, user, environment, workingDirectory } = plan.config;
  const configuration = JSON.stringify({
    architecture,
    os: 'linux',
    created: EPOCH,
    config: {
      Env: [`PATH=${SEARCH_PATH}`, ...Object.entries(environment ?? {}).map(([name, value]) => `${name}=${value}`)],
      ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
      ...(command === undefined ? {} : { Cmd: command }),
      ...(user === undefined ? {} : { User: user }),
      ...(workingDirectory === undefined ? {} : { WorkingDir: workingDirectory }),
      ...(peculiar.stopSignal === undefined ? {} : { StopSignal: peculiar.stopSignal }),
      Labels: labelsOf(plan, recipe),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ sha256 }) => `sha256:${sha256}`) },
    history: layers.map(({ key }) => ({ created: EPOCH, created_by: `canaryproof: ${key}` })),
  });
  const id = `sha256:${createHash('sha256').update(configuration).digest('hex')}`;
  const { name, tags, version, parts } = plan;
  return { name, tags, version, parts, recipe, id, configuration, layers };
}

/** Whoever finds the image must see that upstream did not build it. */
function labelsOf(plan: Pick<ImagePlan, 'name' | 'version' | 'parts'>, recipe: string): Record<string, string> {
  return {
    'org.opencontainers.image.title': `${plan.name} (own build of canaryproof)`,
    'org.opencontainers.image.version': plan.version,
    'org.opencontainers.image.vendor': 'canaryproof',
    'org.opencontainers.image.description': originOf(plan.parts),
    [RECIPE_LABEL]: recipe,
  };
}

/** Shown wherever an image's version is. */
export function originOf(parts: readonly string[]): string {
  return `built by canaryproof from ${parts.join(', ')}`;
}

function recipeOf({ name, tags, version, config, parts }: ImagePlan, layers: readonly Layer[]): string {
  const inputs = { name, tags, version, config, parts, layers: layers.map(({ sha256 }) => sha256) };
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

export interface ArchiveDocuments {
  /** File name in the archive -> text. */
  readonly texts: Readonly<Record<string, string>>;
  /** File name in the archive -> path of the layer's tar; a layer that several images share is there once. */
  readonly layers: Readonly<Record<string, string>>;
}

/**
 * The archive of `docker save`: manifest.json names each image's configuration and layers. `repositories` is what
 * kind reads the tags from, because it looks only at the first image of a manifest.
 */
export function archiveDocuments(images: readonly BuiltImage[]): ArchiveDocuments {
  const layerName = ({ sha256 }: Layer) => `${sha256}.tar`;
  const configName = ({ id }: BuiltImage) => `${id.replace('sha256:', '')}.json`;
  const repositories: Record<string, Record<string, string>> = {};
  for (const { tags, layers } of images)
    for (const reference of tags) {
      const at = reference.lastIndexOf(':');
      const repository = reference.slice(0, at);
      repositories[repository] = {
        ...repositories[repository],
        [reference.slice(at + 1)]: layers.at(-1)?.sha256 ?? '',
      };
    }
  const manifest = images.map((image) => ({
    Config: configName(image),
    RepoTags: image.tags,
    Layers: image.layers.map(layerName),
  }));
  return {
    texts: {
      repositories: JSON.stringify(repositories),
      'manifest.json': JSON.stringify(manifest),
      ...Object.fromEntries(images.map((image) => [configName(image), image.configuration])),
    },
    layers: Object.fromEntries(images.flatMap(({ layers }) => layers.map((layer) => [layerName(layer), layer.file]))),
  };
}
