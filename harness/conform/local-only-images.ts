/** What of a profile's `images` and `cluster` only some providers can do. */
import { usageError } from '../errors/harness-error.ts';
import type { ClusterProvider, ClusterSpec } from '../ports/cluster.ts';

/** Filled in by the node from the pod, which an image cannot know. */
const OF_THE_POD = /\{(?:hash|container)\}|\{label:.*\}/;

/**
 * A user's own cluster runs the user's images, whatever the profile maps them to; the others run images built from it.
 * @throws HarnessError PROGRAM_NOT_ON_PROVIDER or PLACEHOLDER_NOT_ON_PROVIDER (exit 2)
 */
export function requireImagesFor(provider: ClusterProvider['name'], images: ClusterSpec['images']): void {
  if (provider === 'local') return;
  for (const mapping of images) {
    const where = `images, ${mapping.image}`;
    if ('program' in mapping)
      throw usageError(
        'PROGRAM_NOT_ON_PROVIDER',
        `a program of yours cannot take the place of an image on ${provider}`,
        {
          where,
          hint: 'Use --provider local, or an image of your program and a profile without this entry.',
        },
      );
    if (provider === 'existing') continue;
    for (const [name, value] of Object.entries(mapping.standIn)) {
      const placeholder = OF_THE_POD.exec(value)?.[0];
      if (placeholder !== undefined)
        throw usageError(
          'PLACEHOLDER_NOT_ON_PROVIDER',
          `${name} holds ${placeholder}, which ${provider} cannot fill in`,
          {
            where,
            hint: 'Use --provider local, or {tag}.',
          },
        );
    }
  }
}

/**
 * A user's own cluster has what it has; nothing is put beside it.
 * @throws HarnessError CLUSTER_NOT_ON_PROVIDER (exit 2)
 */
export function requireSurroundingsFor(
  provider: ClusterProvider['name'],
  surroundings: ClusterSpec['surroundings'],
): void {
  if (provider !== 'existing' || surroundings === undefined) return;
  throw usageError(
    'CLUSTER_NOT_ON_PROVIDER',
    'a profile with `cluster` changes the cluster, which may not be yours to change',
    {
      where: 'cluster',
      hint: 'Use a provider that makes its cluster (local, kind, minikube), or a profile without `cluster`.',
    },
  );
}
