/** What a pod asks of the kernel, and a machine may refuse it altogether for. Pure. */
import { pointerSegments, pointerTo, valueAt } from '../../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../../lint/manifest-set.ts';
import { POD_SPEC } from '../../unit-facts.ts';
import type { Edit } from '../change.ts';

const KERNEL = 'a machine without such a profile or setting of its kernel refuses the pod, and the stand-in needs none';
const ANNOTATIONS = '/spec/template/metadata/annotations';
const OF_APPARMOR = /^container\.apparmor\.security\.beta\.kubernetes\.io\//;

/** Empty ones are none to the API server, and Argo CD would see a difference for ever. */
function annotations(keys: readonly string[]): readonly string[] {
  const gone = keys.filter((key) => OF_APPARMOR.test(key));
  return gone.length > 0 && gone.length === keys.length
    ? [ANNOTATIONS]
    : gone.map((key) => pointerTo(...pointerSegments(ANNOTATIONS), key));
}

export function kernelEdits({ value }: ManifestObject): Edit[] {
  const containers = asList(valueAt(value, `${POD_SPEC}/containers`)).map(
    (_, index) => `${POD_SPEC}/containers/${index}/securityContext`,
  );
  const remove = [
    ...[`${POD_SPEC}/securityContext`, ...containers].flatMap((pointer) => {
      const security = asRecord(valueAt(value, pointer)) ?? {};
      const isLocal = asRecord(security.seccompProfile)?.type === 'Localhost';
      return [...['sysctls', 'appArmorProfile', 'procMount'], ...(isLocal ? ['seccompProfile'] : [])]
        .filter((key) => security[key] !== undefined)
        .map((key) => `${pointer}/${key}`);
    }),
    ...annotations(Object.keys(asRecord(valueAt(value, ANNOTATIONS)) ?? {})),
  ];
  return remove.length > 0 ? [{ reason: KERNEL, remove }] : [];
}
