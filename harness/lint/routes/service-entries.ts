/** Hosts that ServiceEntries make known to the mesh. */
import { asRecord, type ManifestObject, ofAnyGroup } from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { textsOf } from './bindings.ts';
import { fullHost } from './service-hosts.ts';

export interface EntryHosts {
  readonly written: ReadonlySet<string>;
  /** As a VirtualService of the entry's own namespace would mean them. */
  readonly full: ReadonlySet<string>;
}

export const entryHosts = oncePerList((objects: readonly ManifestObject[]): EntryHosts => {
  const all = ofAnyGroup(objects, 'ServiceEntry').flatMap(({ value, namespace }) =>
    textsOf(asRecord(value.spec)?.hosts).map((host) => ({ host, full: fullHost(host, namespace) })),
  );
  return { written: new Set(all.map(({ host }) => host)), full: new Set(all.map(({ full }) => full)) };
});
