/** How one pod names itself in its answers, as far as its object tells. Pure. */
import type { KubeObject } from '../../k8s/client/object.ts';
import type { ImageMapping } from '../ports/cluster.ts';
import { HASH_LABEL } from './rollout-object.ts';

interface PodContainer {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

const SIDECAR = 'istio-proxy';
/** By which a trial names the versions of its own copy, over what the mapping sets. */
const TOLD = 'CANARYPROOF_VERSION';

/**
 * @param images whose program is the stand-in, or the user's own, on this cluster
 * @returns undefined where nothing says it: no label, and an image without a tag
 */
export function versionOfPod({ metadata, spec }: KubeObject, images: readonly ImageMapping[]): string | undefined {
  const { containers = [] } = (spec ?? {}) as { containers?: readonly PodContainer[] };
  const label = metadata.labels?.version;
  const own = containers.filter(({ name }) => name !== SIDECAR);
  for (const container of own) {
    const mapping = images.find(({ image }) => isImage(container.image, image));
    const told = container.env?.find(({ name }) => name === TOLD)?.value;
    if (mapping && told !== undefined) return told;
    const template = mapping && variablesOf(mapping).VERSION;
    if (template !== undefined) return filledIn(template, container, metadata.labels ?? {});
    const written = container.env?.find(({ name }) => name === 'VERSION')?.value;
    if (mapping && written !== undefined) return written;
  }
  return label ?? (own[0] && tagOf(own[0].image));
}

/** What a mapping sets wins over what the manifest sets. */
function variablesOf(mapping: ImageMapping): Readonly<Record<string, string>> {
  return 'standIn' in mapping ? mapping.standIn : mapping.program.environment;
}

function filledIn(template: string, container: PodContainer, labels: Readonly<Record<string, string>>): string {
  const hash = labels[HASH_LABEL] ?? labels['pod-template-hash'] ?? '';
  return template
    .replaceAll('{tag}', tagOf(container.image) ?? 'latest')
    .replaceAll('{hash}', hash)
    .replaceAll('{container}', container.name)
    .replaceAll(/\{label:([^{}:]+)(?::-([^{}]*))?\}/g, (_, key: string, otherwise = '') => labels[key] ?? otherwise);
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
