/** Mirrors: copies of requests that go nowhere, and nobody sees an error, because answers of a mirror are thrown away. */
import type { ValuePath } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  type Finding,
  findingAt,
  isElsewhere,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  services,
  virtualServices,
} from '../manifest-set.ts';
import { fullHost, serviceOfHost } from './service-hosts.ts';
import { subsetsOf, subsetsOfHost } from './subsets.ts';

interface Mirror {
  readonly host: string;
  readonly subset: string | undefined;
  readonly path: ValuePath;
}

/** MIRROR_SUBSET_MISSING, MIRROR_HOST_WITHOUT_SERVICE. */
export function mirrorFindings(set: ManifestSet): readonly Finding[] {
  const mirroring = virtualServices(set).filter((virtualService) => mirrorsOf(virtualService).length > 0);
  if (mirroring.length === 0) return [];
  const everybody = [...subsetsOf(set), ...subsetsOf({ ...set, objects: set.others ?? [] })];
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
      const known = subsetsOfHost(everybody, fullHost(host, virtualService.namespace)).map(({ name }) => name);
      const isSomewhere = everybody.some((one) => one.name === subset && one.host.split('.')[0] === host.split('.')[0]);
      if (subset === undefined || known.includes(subset) || isSomewhere) return [];
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
  const known = services(set).filter((one) => one.namespace === target.namespace);
  return (
    known.length > 0 &&
    !known.some(({ name }) => name === target.service) &&
    !isElsewhere(set, 'Service', target.service) &&
    !set.objects.some(({ kind }) => kind === 'ServiceEntry')
  );
}
