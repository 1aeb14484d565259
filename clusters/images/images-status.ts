/** What there is of our images, as `list` shows it: in the cache, in the engine, and how much room they take. */
import { directoryBytes } from '../toolchain/disk-space.ts';
import type { Engine } from './engine.ts';
import { type BuiltImage, originOf } from './image-document.ts';
import { readImages, type StoreLayout } from './image-store.ts';

export const NODE_IMAGE_NAME = 'kind-node';

/** What `list` shows of one image. */
export interface ImageFacts {
  readonly name: string;
  readonly tags: readonly string[];
  readonly version: string;
  readonly id: string;
  readonly bytes: number;
  readonly origin: string;
  /** cache: built and kept there; engine: in the engine under these names. */
  readonly where: readonly ('cache' | 'engine')[];
}

export interface ImagesStatus {
  readonly images: readonly ImageFacts[];
  readonly cacheDirectory: string;
  /** On disk; layers that images share count once. */
  readonly cacheBytes: number;
  /** Undefined where no engine answers: what it holds is not known then. */
  readonly engineVersion: string | undefined;
}

export async function imagesStatus(layout: StoreLayout, engine: Engine): Promise<ImagesStatus> {
  const engineVersion = await engine.version().catch(() => undefined);
  const inEngine = async (reference: string) => (engineVersion === undefined ? undefined : engine.inspect(reference));
  const images = await Promise.all(
    (await readImages(layout)).map(async (image): Promise<ImageFacts> => {
      const found = await inEngine(image.tags[0] ?? '');
      return {
        ...factsOf(image),
        where: found?.recipe === image.recipe ? ['cache', 'engine'] : ['cache'],
      };
    }),
  );
  const nodes = engineVersion === undefined ? [] : await nodeFacts(engine);
  return {
    images: [...nodes, ...images],
    cacheDirectory: layout.root,
    cacheBytes: await directoryBytes(layout.root),
    engineVersion,
  };
}

function factsOf({ name, tags, version, id, layers, parts }: BuiltImage): Omit<ImageFacts, 'where'> {
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  return { name, tags, version, id, bytes, origin: originOf(parts) };
}

/** Node images are kept by the engine alone. */
async function nodeFacts(engine: Engine): Promise<readonly ImageFacts[]> {
  const references = (await engine.ownImages()).filter((reference) => reference.includes(`/${NODE_IMAGE_NAME}:`));
  const found = await Promise.all(references.map((reference) => engine.inspect(reference)));
  return references.flatMap((reference, index) => {
    const image = found[index];
    if (image === undefined) return [];
    const version = reference.slice(reference.lastIndexOf(':') + 1);
    const { id, bytes, origin } = image;
    return [{ name: NODE_IMAGE_NAME, tags: [reference], version, id, bytes, origin, where: ['engine' as const] }];
  });
}
