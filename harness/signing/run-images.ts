/** The images of a run: what it has pushed into its registry, and by whose key each is signed. One for all claims of a run. */
import { randomUUID } from 'node:crypto';
import { environmentError } from '../errors/harness-error.ts';
import type { Scene } from '../scene/scene.ts';
import { newSigningKey, type SigningKey, signImage } from './cosign.ts';
import { pushImage, withRegistry } from './run-registry.ts';
import { tinyImage } from './tiny-image.ts';

/** `release` is the key that the policies of the run trust; nobody trusts `another`. */
export type Signer = 'release' | 'another';

export interface RunImages {
  /** PEM of the release key. */
  publicKey(): Promise<string>;
  /**
   * A new image under that name, with a digest that none had before; what had the name keeps its own digest.
   * @param reference `registry.registry.svc/REPOSITORY:TAG`
   * @param signedBy undefined: by nobody
   */
  push(reference: string, signedBy: Signer | undefined): Promise<void>;
  /** `sha256:…` of what has that name now; undefined: the run pushed nothing of that name. */
  digestOf(reference: string): string | undefined;
  /** @throws HarnessError REGISTRY_NOT_READY, REGISTRY_UNREACHABLE (exit 3) */
  requireRegistry(): Promise<void>;
}

export const RUN_IMAGES = 'images of the run';

/** Methods throw HarnessError REGISTRY_NOT_READY, REGISTRY_UNREACHABLE, SIGNING_FAILED (exit 3), and the scene's reason. */
export function runImages(scene: Scene): RunImages {
  return scene.once(RUN_IMAGES, () => createRunImages(scene));
}

function createRunImages(scene: Scene): RunImages {
  const { signal } = scene;
  const keys = new Map<Signer, Promise<SigningKey>>();
  const digests = new Map<string, string>();
  const keyOf = async (signer: Signer): Promise<SigningKey> => {
    const key = keys.get(signer) ?? newSigningKey(await cosignOf(scene), signal);
    keys.set(signer, key);
    return key;
  };
  return {
    publicKey: async () => (await keyOf('release')).publicKey,
    async push(reference, signedBy) {
      const { repository, tag } = placeOf(reference);
      const image = tinyImage({ 'dev.canaryproof.image': reference, 'dev.canaryproof.id': randomUUID() });
      const { digest } = image.manifest;
      const key = signedBy && (await keyOf(signedBy));
      await withRegistry(scene, async (address) => {
        await pushImage(address, { repository, tag }, image);
        if (key) await signImage(await cosignOf(scene), key, `${repository}@${digest}`, address, signal);
      });
      digests.set(reference, digest);
    },
    digestOf: (reference) => digests.get(reference),
    requireRegistry: () => withRegistry(scene, async () => undefined),
  };
}

/** @param reference of the run's registry, with or without a tag */
export function placeOf(reference: string): { readonly repository: string; readonly tag: string } {
  const [, repository = '', tag = 'latest'] = /^[^/]+\/([^:@]+)(?::([^@]+))?/.exec(reference) ?? [];
  return { repository, tag };
}

async function cosignOf({ cosign }: Scene): Promise<string> {
  if (cosign) return cosign();
  throw environmentError('SIGNING_FAILED', 'there is no cosign here', {
    hint: 'Images are signed on local clusters, where the addon registry brings it.',
  });
}
