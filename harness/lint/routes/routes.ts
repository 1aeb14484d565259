/** The routes of a VirtualService with their destinations, in the order in which Envoy tries them. */
import type { ValuePath } from '../../documents/yaml-source.ts';
import { asList, asRecord, type ManifestObject } from '../manifest-set.ts';

export interface Destination {
  readonly host: string;
  readonly subset: string | undefined;
  /** As written; undefined when there is none. Only whole numbers from 0 are valid. */
  readonly weight: unknown;
  readonly path: ValuePath;
}

export interface Route {
  readonly protocol: 'http' | 'tls' | 'tcp';
  /** `spec.http[].name`, if any. */
  readonly name: string | undefined;
  readonly destinations: readonly Destination[];
  /** Position of the list of destinations. */
  readonly path: ValuePath;
}

export function routesOf(virtualService: ManifestObject): readonly Route[] {
  const spec = asRecord(virtualService.value.spec);
  return (['http', 'tls', 'tcp'] as const).flatMap((protocol) =>
    asList(spec?.[protocol]).map((route, index): Route => {
      const path = ['spec', protocol, index, 'route'];
      const name = asRecord(route)?.name;
      return {
        protocol,
        name: typeof name === 'string' ? name : undefined,
        path,
        destinations: asList(asRecord(route)?.route).map((entry, position) =>
          destinationOf(entry, [...path, position]),
        ),
      };
    }),
  );
}

/** VirtualServices that routes hand over to (`http[].delegate`). */
export function delegatesOf(
  virtualService: ManifestObject,
): readonly { readonly name: string; readonly namespace: string }[] {
  return asList(asRecord(virtualService.value.spec)?.http).flatMap((route) => {
    const { name, namespace } = asRecord(asRecord(route)?.delegate) ?? {};
    if (typeof name !== 'string') return [];
    return [{ name, namespace: typeof namespace === 'string' ? namespace : virtualService.namespace }];
  });
}

function destinationOf(entry: unknown, path: ValuePath): Destination {
  const record = asRecord(entry);
  const destination = asRecord(record?.destination);
  return {
    host: typeof destination?.host === 'string' ? destination.host : '',
    subset: typeof destination?.subset === 'string' ? destination.subset : undefined,
    weight: record?.weight,
    path,
  };
}

/** What a missing weight means: everything for a lone destination, nothing beside others. */
export function effectiveWeight(destination: Destination, route: Route): number {
  if (typeof destination.weight === 'number') return destination.weight;
  return route.destinations.length === 1 ? 100 : 0;
}
