/** What Git says of the images of a run: which there are, and whose signatures are asked for. Pure. */

import { asList, asRecord, type ManifestFile, type ManifestObject } from '../lint/manifest-set.ts';
import { declaredWorkloads } from './declared-workloads.ts';

/** What images of the run's registry are called in manifests; the addon's certificate is for this name. */
export const REGISTRY_HOST = 'registry.registry.svc';
/** A key pair as cosign keeps it in a cluster; Kyverno may read the Secrets of its own namespace. */
const KEY = /^k8s:\/\/kyverno\/([a-z0-9][-a-z0-9.]*)$/;

/** Whether a manifest means an image of the run's registry by it. */
export const isOfRun = (reference: string): boolean => reference.startsWith(`${REGISTRY_HOST}/`);

/** Names of the Secrets from which an ImageValidatingPolicy reads the keys that it trusts; none for other objects. */
export function trustedKeys({ group, kind, value }: ManifestObject): readonly string[] {
  if (group !== 'policies.kyverno.io' || kind !== 'ImageValidatingPolicy') return [];
  return asList(asRecord(value.spec)?.attestors).flatMap((attestor) => {
    const key = asRecord(asRecord(asRecord(attestor)?.cosign)?.key);
    const [, name] = KEY.exec(String(key?.kms)) ?? [];
    return name === undefined ? [] : [name];
  });
}

/** Of the run's registry, each once; what names a digest was made by somebody else. */
export function declaredImages(
  files: readonly ManifestFile[],
  { home, namespaces }: { readonly home: string; readonly namespaces: readonly string[] },
): readonly string[] {
  const images = namespaces
    .flatMap((namespace) => declaredWorkloads(files, { home, namespace }))
    .flatMap(({ template: { spec } }) => [...spec.containers, ...asList(spec.initContainers)])
    .map((container) => String(asRecord(container)?.image))
    .filter((image) => isOfRun(image) && !image.includes('@'));
  return [...new Set(images)];
}
