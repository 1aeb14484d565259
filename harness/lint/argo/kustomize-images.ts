/** `images` of a kustomization that change nothing: the release that they name is none. */
import type { SourcePosition } from '../../documents/yaml-source.ts';
import { formatPosition } from '../../documents/yaml-source.ts';
import { asList, asRecord, type Finding, type ManifestObject, type TracedDocument } from '../manifest-set.ts';

interface ImageEntry {
  readonly name: string;
  readonly newName: string | undefined;
  readonly position: SourcePosition;
}

/**
 * KUSTOMIZE_IMAGE_WITHOUT_MATCH: no container has the image that an entry names.
 *
 * @param kustomizations every one that the unit is built from
 * @param objects as rendered
 */
export function kustomizeImageFindings(
  kustomizations: readonly TracedDocument[],
  objects: readonly ManifestObject[],
): readonly Finding[] {
  const entries = kustomizations.flatMap(imagesOf);
  if (entries.length === 0 || objects.length === 0) return [];
  const used = new Set(objects.filter(({ kind }) => kind !== DEFINITION).flatMap(({ value }) => imagesIn(value)));
  // a name that an outer kustomization gave away is not to be seen any more
  const given = new Set(entries.map(({ name }) => name));
  return entries.flatMap(({ name, newName, position }): Finding[] => {
    const result = newName ?? name;
    if (used.has(result) || (newName !== undefined && given.has(newName))) return [];
    if (entries.filter((one) => one.name === name).length > 1) return [];
    return [
      {
        code: 'KUSTOMIZE_IMAGE_WITHOUT_MATCH',
        layer: 'manifest',
        severity: 'warning',
        sentence: `images: ${name} matches no container, so this entry changes nothing`,
        where: formatPosition(position),
        hint: `Images here: ${[...used].sort().join(', ') || 'none'}. The name must be as in the manifest, registry included, without the tag.`,
      },
    ];
  });
}

function imagesOf(document: TracedDocument): readonly ImageEntry[] {
  return asList(asRecord(document.value)?.images).flatMap((value, index): ImageEntry[] => {
    const { name, newName } = asRecord(value) ?? {};
    if (typeof name !== 'string') return [];
    return [
      {
        name,
        newName: typeof newName === 'string' && newName !== '' ? newName : undefined,
        position: document.positionOf(['images', index]),
      },
    ];
  });
}

/** Megabytes of schema, and no container. */
const DEFINITION = 'CustomResourceDefinition';

/** Names without tag and digest, wherever Kustomize changes them: in each list of containers, and in `image` fields. */
function imagesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  return Object.entries(asRecord(value) ?? {}).flatMap(([key, inner]) =>
    key === 'image' && typeof inner === 'string' ? [nameOfImage(inner)] : imagesIn(inner),
  );
}

/** `registry:5000/shop:v1@sha256:…` -> `registry:5000/shop` */
function nameOfImage(image: string): string {
  const [plain = ''] = image.split('@');
  const slash = plain.lastIndexOf('/');
  const colon = plain.indexOf(':', slash + 1);
  return colon < 0 ? plain : plain.slice(0, colon);
}
