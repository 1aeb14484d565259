/** Application images, each the stand-in workload with defaults of its own; they differ in nothing but these. Pure. */
import type { ImageMapping, StandInMapping } from '../../harness/ports/cluster.ts';
import { sha256Of } from './image-parts.ts';
import type { ImageFile, ImagePlan } from './image-plan.ts';

export interface StandInParts {
  /** The workload's bundle and the Node that runs it, with their hashes. */
  readonly bundle: { readonly path: string; readonly sha256: string };
  readonly node: { readonly path: string; readonly sha256: string; readonly version: string };
}

/**
 * @param references images that manifests name, in full; those that no mapping covers are left out, the exact
 *   mapping goes before a family (`...:*`), the longer family before the shorter
 */
export function standInImages(
  mappings: readonly ImageMapping[],
  references: readonly string[],
  parts: StandInParts,
): readonly ImagePlan[] {
  return [...new Set(references)].sort().flatMap((reference) => {
    const mapping = mappingOf(mappings, reference);
    return mapping === undefined ? [] : [standIn(reference, settingsFor(mapping, reference), parts)];
  });
}

/** Under the names that no manifest overrides. `{tag}` in a value is the tag of the image. */
function settingsFor({ standIn: settings }: StandInMapping, reference: string): Readonly<Record<string, string>> {
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`CANARYPROOF_${name}`, value.replaceAll('{tag}', tag)]),
  );
}

function mappingOf(mappings: readonly ImageMapping[], reference: string): StandInMapping | undefined {
  const standIns = mappings.filter((mapping) => 'standIn' in mapping);
  const fitting = standIns.filter(({ image }) =>
    image.endsWith('*') ? reference.startsWith(image.slice(0, -1)) : image === reference,
  );
  const rank = ({ image }: StandInMapping) => (image.endsWith('*') ? image.length : Number.POSITIVE_INFINITY);
  return fitting.sort((a, b) => rank(b) - rank(a))[0];
}

function standIn(reference: string, settings: Readonly<Record<string, string>>, parts: StandInParts): ImagePlan {
  const files: readonly ImageFile[] = [
    { at: '/usr/local/bin/node', from: parts.node.path, sha256: parts.node.sha256, executable: true },
    { at: '/app/server.mjs', from: parts.bundle.path, sha256: parts.bundle.sha256, executable: false },
  ];
  return {
    name: `stand-in/${lastElement(reference)}`,
    tags: [reference],
    version: sha256Of(JSON.stringify(settings)).slice(0, 12),
    base: 'runtime',
    files,
    config: {
      entrypoint: ['/usr/local/bin/node', '/app/server.mjs'],
      user: '1000:1000',
      environment: settings,
      workingDirectory: '/app',
    },
    parts: [`canaryproof's stand-in workload for ${reference}`, `node ${parts.node.version} (npm package node)`],
  };
}

/** `reviews-v1:1.20.3` of `registry.example/team/reviews-v1:1.20.3`. */
function lastElement(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
