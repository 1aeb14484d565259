/** Which releases a search goes over: those between two, as the toolchain knows them, or a list. Pure. */
import { usageError } from '../errors/harness-error.ts';

export interface KnownRelease {
  readonly version: string;
  readonly isBuilt: boolean;
}

export type ReleaseRange =
  | { readonly good: string; readonly bad: string }
  /** In the user's order: the first is good, the last is bad. */
  | { readonly list: readonly string[] };

/**
 * From good to bad, both included.
 * @param known of one component, in any order; at least one
 * @throws HarnessError (exit 2) COMPONENT_VERSION_UNKNOWN, BISECT_ORDER
 */
export function releasesOf(
  component: string,
  known: readonly KnownRelease[],
  range: ReleaseRange,
): readonly KnownRelease[] {
  const named = (version: string): KnownRelease => {
    const found = known.find((release) => release.version === version.replace(/^v/, ''));
    if (found) return found;
    const versions = known.map((release) => release.version).toSorted(compareReleases);
    throw usageError('COMPONENT_VERSION_UNKNOWN', `there is no ${component} ${version} in the catalogue`, {
      hint: `Known versions of ${component}: ${versions.join(', ')}.`,
    });
  };
  if ('list' in range) return range.list.map(named);
  const good = named(range.good);
  const bad = named(range.bad);
  if (compareReleases(good.version, bad.version) >= 0)
    throw usageError('BISECT_ORDER', `${component} ${good.version} is not older than ${bad.version}`, {
      hint: `The good release comes first. To search in another order, list them: --vary ${component}=GOOD,…,BAD.`,
    });
  return known
    .filter(({ version }) => compareReleases(version, good.version) >= 0 && compareReleases(version, bad.version) <= 0)
    .toSorted((a, b) => compareReleases(a.version, b.version));
}

/** As semver orders them: numbers by value, a pre-release before its release. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  return compareFields(left.numbers, right.numbers) || comparePreReleases(left.preRelease, right.preRelease);
}

interface ReleaseParts {
  readonly numbers: readonly string[];
  readonly preRelease: readonly string[];
}

function partsOf(version: string): ReleaseParts {
  const [withoutBuild = ''] = version.split('+');
  const at = withoutBuild.indexOf('-');
  const [core, rest] = at < 0 ? [withoutBuild, ''] : [withoutBuild.slice(0, at), withoutBuild.slice(at + 1)];
  return { numbers: core.split('.'), preRelease: rest === '' ? [] : rest.split('.') };
}

function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  return compareFields(a, b);
}

function compareFields(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = compareField(a[index]!, b[index]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers before words, which go by their characters. */
function compareField(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return Number(a) - Number(b);
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
