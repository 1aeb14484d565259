/** To which clusters Applications deliver. */
import { asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import type { RenderedUnit } from '../units/unit-model.ts';

/** @returns objects of the units that are delivered to another cluster than a given one */
export function createAbroad(units: readonly RenderedUnit[]): (unit: RenderedUnit) => ReadonlySet<ManifestObject> {
  const byCluster = Map.groupBy(units, clusterOf);
  const known = new Map<string, ReadonlySet<ManifestObject>>();
  return (unit) => {
    const here = clusterOf(unit);
    const found =
      known.get(here) ??
      new Set(
        [...byCluster].flatMap(([there, all]) => (isOther(here, there) ? all.flatMap(({ objects }) => objects) : [])),
      );
    known.set(here, found);
    return found;
  };
}

const LOCAL = 'local';

/** Empty where nothing says it, or only a generator would. */
function clusterOf({ unit: { application } }: RenderedUnit): string {
  const { server, name } = asRecord(asRecord(application?.value.spec)?.destination) ?? {};
  const said = typeof server === 'string' && server !== '' ? server : name;
  if (typeof said !== 'string' || said.includes('{{')) return '';
  if (/^(https:\/\/kubernetes\.default\.svc(\.cluster\.local)?(:443)?\/?|in-cluster)$/.test(said)) return LOCAL;
  return said;
}

/** An address and a name may be of one cluster. */
function isOther(here: string, there: string): boolean {
  if (here === '' || there === '' || here === there) return false;
  return here === LOCAL || there === LOCAL || isAddress(here) === isAddress(there);
}

function isAddress(cluster: string): boolean {
  return cluster.includes('://');
}
