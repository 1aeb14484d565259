/** References of pods to what is not there: each would keep its pod from starting. Pure. */
import { valueAt } from '../../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../../lint/manifest-set.ts';
import { type Container, ofKind, POD_SPEC, type UnitFacts } from '../../unit-facts.ts';
import type { Edit } from '../change.ts';

export const MISSING = 'neither the unit nor the cluster has what it refers to';

type Reference = Readonly<Record<string, unknown>> | undefined;

/** Whether a pod of that namespace starts with a reference to keys of such an object; one to nothing at all does. */
function isFound(
  kind: 'ConfigMap' | 'Secret',
  reference: Reference,
  keys: readonly unknown[],
  namespace: string,
  facts: UnitFacts,
): boolean {
  if (!reference || reference.optional === true) return true;
  const object = ofKind(facts, kind, '').find(
    (one) => one.name === (reference.name ?? reference.secretName) && one.namespace === namespace,
  );
  if (!object) return false;
  const held = ['data', 'binaryData', 'stringData'].flatMap((list) => Object.keys(asRecord(object.value[list]) ?? {}));
  return keys.every((key) => held.includes(String(key)));
}

function keysOf(reference: Reference): readonly unknown[] {
  return asList(reference?.items).map((item) => asRecord(item)?.key);
}

/** Volumes whose content is not there are empty ones. */
export function volumeEdits({ value, namespace }: ManifestObject, facts: UnitFacts): Edit[] {
  return asList(valueAt(value, `${POD_SPEC}/volumes`)).flatMap((entry, index): Edit[] => {
    const volume = asRecord(entry);
    if (!volume) return [];
    const { name, ...source } = volume;
    const pointer = `${POD_SPEC}/volumes/${index}`;
    const has = (kind: 'ConfigMap' | 'Secret', reference: Reference) =>
      reference !== undefined && isFound(kind, reference, keysOf(reference), namespace, facts);
    const missing = missingSources(source.projected, namespace, facts);
    const isEmptied = missing.length > 0 && missing.length === asList(valueAt(source.projected, '/sources')).length;
    const isThere =
      (source.emptyDir !== undefined && !/^HugePages/.test(String(asRecord(source.emptyDir)?.medium))) ||
      source.downwardAPI !== undefined ||
      (source.projected !== undefined && !isEmptied) ||
      has('ConfigMap', asRecord(source.configMap)) ||
      has('Secret', asRecord(source.secret));
    if (!isThere) return [{ reason: MISSING, set: { [pointer]: { name: String(name), emptyDir: {} } } }];
    return missing.map((at) => ({ reason: MISSING, remove: [`${pointer}/projected/sources/${at}`] }));
  });
}

/** Indices. Tokens of accounts and fields of the pod are there, trust bundles are not. */
function missingSources(projected: unknown, namespace: string, facts: UnitFacts): readonly number[] {
  return asList(valueAt(projected, '/sources')).flatMap((entry, index) => {
    const { configMap, secret, clusterTrustBundle } = asRecord(entry) ?? {};
    const isThere =
      clusterTrustBundle === undefined &&
      isFound('ConfigMap', asRecord(configMap), keysOf(asRecord(configMap)), namespace, facts) &&
      isFound('Secret', asRecord(secret), keysOf(asRecord(secret)), namespace, facts);
    return isThere ? [] : [index];
  });
}

export function environmentEdits({ value, pointer }: Container, namespace: string, facts: UnitFacts): Edit[] {
  const removed = (list: string, entries: readonly unknown[], names: readonly [string, string]) =>
    entries.flatMap((entry, index): Edit[] => {
      const isThere = (['ConfigMap', 'Secret'] as const).every((kind, i) => {
        const reference = asRecord(asRecord(entry)?.[names[i]!]);
        const keys = reference?.key === undefined ? [] : [reference.key];
        return isFound(kind, reference, keys, namespace, facts);
      });
      return isThere ? [] : [{ reason: MISSING, remove: [`${pointer}/${list}/${index}`] }];
    });
  const from = asList(value.env).map((entry) => asRecord(entry)?.valueFrom);
  return [
    ...removed('env', from, ['configMapKeyRef', 'secretKeyRef']),
    ...removed('envFrom', asList(value.envFrom), ['configMapRef', 'secretRef']),
    // no disk of the machine is given to a container
    ...(value.volumeDevices === undefined ? [] : [{ reason: MISSING, remove: [`${pointer}/volumeDevices`] }]),
  ];
}
