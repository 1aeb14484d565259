/** How one pod names itself in its answers, as far as its object tells. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { ImageMapping } from '../ports/cluster.ts';

interface PodContainer {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

const SIDECAR = 'istio-proxy';

/**
 * @param standIns images whose program is the stand-in on this cluster
 * @returns undefined where nothing says it: no label, and an image without a tag
 */
export function versionOfPod({ metadata, spec }: KubeObject, standIns: readonly ImageMapping[]): string | undefined {
  const { containers = [] } = (spec ?? {}) as { containers?: readonly PodContainer[] };
  const label = metadata.labels?.version;
  const own = containers.filter(({ name }) => name !== SIDECAR);
  for (const container of own) {
    const standIn = standIns.find(({ image }) => isImage(container.image, image));
    if (standIn) return standInVersion(standIn, container, metadata.labels ?? {});
  }
  return label ?? (own[0] && tagOf(own[0].image));
}

function standInVersion(
  mapping: ImageMapping,
  container: PodContainer,
  labels: Readonly<Record<string, string>>,
): string | undefined {
  const written = container.env?.find(({ name }) => name === 'VERSION')?.value;
  if (written !== undefined) return written;
  const template = ('standIn' in mapping ? mapping.standIn.VERSION : undefined) ?? '{tag}';
  const tag = tagOf(container.image) ?? 'latest';
  return template
    .replaceAll('{tag}', tag)
    .replaceAll(/\{label:([^}]+)\}/g, (_whole: string, key: string) => labels[key] ?? '');
}

/** A full reference, or the beginning of one before `*`; without a tag it means `latest`. */
function isImage(image: string, pattern: string): boolean {
  const full = tagOf(image) === undefined && !image.includes('@') ? `${image}:latest` : image;
  const start = pattern.endsWith('*') ? pattern.slice(0, -1) : undefined;
  return start === undefined ? image === pattern || full === pattern : full.startsWith(start);
}

/** Undefined for an image without a tag; a digest is none. */
function tagOf(image: string): string | undefined {
  return /:([^:/@]+)(@.*)?$/.exec(image.replace(/@.*$/, ''))?.[1];
}
