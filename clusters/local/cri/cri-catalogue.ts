/**
 * The catalogue of images: which local command stands for which image name, matched the way a container engine reads
 * names (`nginx` is `docker.io/library/nginx:latest`).
 */

/** One image (or a family of images, when `image` ends in `*`) and the local command that stands for it. */
export interface CatalogueEntry {
  /** Full reference, or with a trailing `*`. */
  readonly image: string;
  readonly entrypoint?: readonly string[] | undefined;
  readonly cmd?: readonly string[] | undefined;
  /** `{tag}` in a value stands for the tag that was asked for. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Container path → host path, bound read-only. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** Numeric user and group that the image's program runs as (default 0). */
  readonly uid?: string | undefined;
  readonly gid?: string | undefined;
  readonly workingDir?: string | undefined;
  /** What runs instead of the image's own program (cri-replaced-program.ts); absent where that itself is run. */
  readonly replaces?: 'stand-in' | 'program' | undefined;
}

export interface ImageCatalogue {
  readonly entries: readonly CatalogueEntry[];
  /** The entry for an image, for its tag: an exact one before a family, a longer family before a shorter one. */
  find(reference: string): CatalogueEntry | undefined;
  /** What the kubelet shows beside ErrImagePull. */
  explainMissing(reference: string): string;
}

export function createCatalogue(entries: readonly CatalogueEntry[]): ImageCatalogue {
  return {
    entries,
    find(reference) {
      const entry = findImage(entries, reference);
      return entry && forTag(entry, tagOf(reference));
    },
    explainMissing: (reference) => unknownImageMessage(entries, reference),
  };
}

/** The reference in full: registry, repository, and a tag or digest. */
export function normaliseImage(reference: string): string {
  const slash = reference.indexOf('/');
  const first = slash < 0 ? '' : reference.slice(0, slash);
  const hasRegistry = /[.:]/.test(first) || first === 'localhost';
  const registry = hasRegistry ? first.replace(/^index\.docker\.io$/, 'docker.io') : 'docker.io';
  const rest = hasRegistry ? reference.slice(slash + 1) : reference;
  const repository = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  return `${registry}/${repository}${/[:@*]/.test(name) ? '' : ':latest'}`;
}

/** `latest` when none is given; empty for an image that only a digest names. */
function tagOf(reference: string): string {
  const named = withoutDigest(normaliseImage(reference));
  return named.includes('@') ? '' : named.slice(named.lastIndexOf(':') + 1);
}

function forTag(entry: CatalogueEntry, tag: string): CatalogueEntry {
  const env = Object.entries(entry.env ?? {});
  if (!env.some(([, value]) => value.includes('{tag}'))) return entry;
  return { ...entry, env: Object.fromEntries(env.map(([name, value]) => [name, value.replaceAll('{tag}', tag)])) };
}

/** A reference that names both a tag and a digest is known by its tag: local commands have no digests. */
function withoutDigest(normalised: string): string {
  const at = normalised.indexOf('@');
  if (at < 0) return normalised;
  const named = normalised.slice(0, at);
  return named.lastIndexOf(':') > named.lastIndexOf('/') ? named : normalised;
}

function findImage(catalogue: readonly CatalogueEntry[], reference: string): CatalogueEntry | undefined {
  const wanted = withoutDigest(normaliseImage(reference));
  let best: { entry: CatalogueEntry; length: number } | undefined;
  for (const entry of catalogue) {
    const known = normaliseImage(entry.image);
    if (known === wanted) return entry;
    if (!known.endsWith('*')) continue;
    const prefix = known.slice(0, -1);
    if (wanted.startsWith(prefix) && prefix.length > (best?.length ?? -1)) best = { entry, length: prefix.length };
  }
  return best?.entry;
}

/** `reviews-v1` of `registry.example/team/reviews-v1:1.2`. */
function properName(normalised: string): string {
  return normalised.slice(normalised.lastIndexOf('/') + 1).replace(/[:@].*/, '');
}

/** The catalogue's image whose name is the fewest edits away from the one asked for. */
export function nearestImage(catalogue: readonly CatalogueEntry[], reference: string): string | undefined {
  const wanted = normaliseImage(reference);
  let best: { image: string; distance: number } | undefined;
  for (const { image } of catalogue) {
    const known = normaliseImage(image).replace(/\*$/, '');
    // The name proper tells images apart; tags, registries and paths only break ties.
    const distance = editDistance(properName(wanted), properName(known)) + editDistance(wanted, known) / 1000;
    if (distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { image, distance };
  }
  return best?.image;
}

function unknownImageMessage(catalogue: readonly CatalogueEntry[], reference: string): string {
  const nearest = nearestImage(catalogue, reference);
  const hint = nearest === undefined ? 'the catalogue is empty' : `the nearest it has is ${nearest}`;
  return (
    `image ${reference} is not in the local cluster's image catalogue (${hint}); the local cluster pulls nothing: ` +
    'map the image to a local command in the catalogue, or use a provider with a registry (kind, minikube, existing)'
  );
}

/** Levenshtein distance in two rows. */
export function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}
