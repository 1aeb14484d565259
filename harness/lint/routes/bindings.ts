/** What a VirtualService is bound to: hosts, and the gateways at which it holds. */
import { asList, asRecord, type ManifestObject } from '../manifest-set.ts';

/** As written, in the order of the list. */
export function hostsOf(object: ManifestObject): readonly string[] {
  return textsOf(asRecord(object.value.spec)?.hosts);
}

/** `mesh`, or `namespace/name`; only `mesh` where it names none. A delegate has neither, and is empty. */
export function gatewaysOf(virtualService: ManifestObject): readonly string[] {
  const written = textsOf(asRecord(virtualService.value.spec)?.gateways);
  if (written.length === 0) return hostsOf(virtualService).length === 0 ? [] : ['mesh'];
  return written.map((gateway) => fullGateway(gateway, virtualService.namespace));
}

/** `name` is short for one in the same namespace; the old form is `name.namespace.svc.cluster.local`. */
export function fullGateway(written: string, namespace: string): string {
  if (written === 'mesh') return written;
  if (written.includes('/')) return written.replace(/^\.\//, `${namespace}/`);
  const [name, space] = written.split('.');
  return `${space ?? namespace}/${name}`;
}

/** Whether it is seen outside of its own namespace. */
export function isExported(object: ManifestObject): boolean {
  const exportTo = textsOf(asRecord(object.value.spec)?.exportTo);
  return exportTo.length === 0 || exportTo.includes('*');
}

export function textsOf(value: unknown): readonly string[] {
  return asList(value).filter((one): one is string => typeof one === 'string');
}
