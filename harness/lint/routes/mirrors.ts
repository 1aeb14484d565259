/** Mirrors: copies of requests that go nowhere, and nobody sees an error, because answers of a mirror are thrown away. */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  isElsewhere,
  isServiceIn,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  nameOf,
  ofAnyGroup,
  servicesIn,
  virtualServices,
} from '../manifest-set.ts';
import { groupedBy } from '../once-per-list.ts';
import { fullHost, serviceOfHost } from './service-hosts.ts';
import { type Subset, subsetsOf, subsetsOfHost } from './subsets.ts';

interface Mirror {
  readonly host: string;
  readonly subset: string | undefined;
  readonly path: ValuePath;
}

/** MIRROR_SUBSET_MISSING, MIRROR_HOST_WITHOUT_SERVICE. */
export function mirrorFindings(set: ManifestSet): readonly Finding[] {
  const mirroring = virtualServices(set).filter((virtualService) => mirrorsOf(virtualService).length > 0);
  if (mirroring.length === 0) return [];
  const lists = [set.objects, set.others ?? NOBODY].map((objects) => subsetsOf({ objects }));
  return mirroring.flatMap((virtualService) =>
    mirrorsOf(virtualService).flatMap(({ host, subset, path }): Finding[] => {
      if (isHostMissing(set, virtualService, host))
        return [
          findingAt(virtualService, path, {
            code: 'MIRROR_HOST_WITHOUT_SERVICE',
            severity: 'error',
            sentence: `${nameOf(virtualService)} mirrors requests to ${host}, but there is no such Service`,
            hint: 'The copies are lost in silence.',
          }),
        ];
      if (subset === undefined) return [];
      const known = lists
        .flatMap((subsets) => subsetsOfHost(subsets, fullHost(host, virtualService.namespace)))
        .map(({ name }) => name);
      const isSomewhere = lists.some((subsets) => byService(subsets).has(`${host.split('.')[0]} ${subset}`));
      if (known.includes(subset) || isSomewhere) return [];
      return [
        findingAt(virtualService, path, {
          code: 'MIRROR_SUBSET_MISSING',
          severity: 'error',
          sentence: `${nameOf(virtualService)} mirrors requests to subset ${subset} of ${host}, which no DestinationRule defines`,
          hint: `${known.length > 0 ? `Defined for ${host}: ${known.join(', ')}. ` : ''}The copies are lost in silence.`,
        }),
      ];
    }),
  );
}

const byService = groupedBy(({ name, host }: Subset) => [`${host.split('.')[0]} ${name}`]);

/** `mirror`, and the destinations of `mirrors`. */
function mirrorsOf(virtualService: ManifestObject): readonly Mirror[] {
  return asList(asRecord(virtualService.value.spec)?.http).flatMap((route, index) => {
    const at = ['spec', 'http', index];
    const { mirror, mirrors } = asRecord(route) ?? {};
    return [
      { value: mirror, path: [...at, 'mirror'] },
      ...asList(mirrors).map((entry, position) => ({
        value: asRecord(entry)?.destination,
        path: [...at, 'mirrors', position, 'destination'],
      })),
    ].flatMap(({ value, path }): Mirror[] => {
      const { host, subset } = asRecord(value) ?? {};
      if (typeof host !== 'string') return [];
      return [{ host, subset: typeof subset === 'string' ? subset : undefined, path }];
    });
  });
}

/** Judged only where the set holds Services of that namespace. */
function isHostMissing(set: ManifestSet, { namespace }: ManifestObject, host: string): boolean {
  const target = serviceOfHost(host, namespace);
  if (!target) return false;
  return (
    servicesIn(set, target.namespace).length > 0 &&
    !isServiceIn(set, target) &&
    !isElsewhere(set, 'Service', target.service) &&
    ofAnyGroup(set.objects, 'ServiceEntry').length === 0
  );
}
