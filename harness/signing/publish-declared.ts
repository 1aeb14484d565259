/**
 * Before Argo CD applies anything: every image of the run's registry that Git names is pushed there and signed, and the key is
 * put where the policies in Git read it, so that the application is admitted from its first pod on.
 */
import type { KubeObject } from '../../k8s/client/object.ts';
import { ENGINE, renderedManifests } from '../admission/engine.ts';
import { declaredImages, trustedKeys } from '../kyverno/declared-images.ts';
import { parseManifestSet } from '../lint/manifest-set.ts';
import type { Scene } from '../scene/scene.ts';
import { runImages } from './run-images.ts';

/** As cosign itself keeps a key pair in a cluster. */
const PUBLIC_KEY = 'cosign.pub';

/**
 * Nothing where the profile has no registry.
 * @throws HarnessError REGISTRY_NOT_READY, REGISTRY_UNREACHABLE, SIGNING_FAILED (exit 3)
 */
export async function publishDeclared(scene: Scene): Promise<void> {
  const { client, profile, progress, signal } = scene;
  if (!profile.addons.includes('registry')) return;
  const step = progress.step('images of the run');
  const files = await renderedManifests(scene);
  const [home = ''] = profile.namespaces.map(({ name }) => name);
  const images = runImages(scene);
  const secrets = parseManifestSet(files, home).objects.flatMap(trustedKeys);
  const publicKey = await images.publicKey();
  await client.apply([...new Set(secrets)].map((name) => secretOf(name, publicKey)));
  const namespaces = profile.namespaces.map(({ name }) => name);
  // a fault may have it delivered once more
  const references = declaredImages(files, { home, namespaces }).filter((one) => images.digestOf(one) === undefined);
  for (const [index, reference] of references.entries()) {
    signal.throwIfAborted();
    step.update(`${index + 1} of ${references.length}: ${reference}`);
    await images.push(reference, 'release');
  }
  step.done(`${references.length} pushed and signed`);
}

const secretOf = (name: string, publicKey: string): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: ENGINE.namespace }, type: 'Opaque' },
  stringData: { [PUBLIC_KEY]: publicKey },
});
