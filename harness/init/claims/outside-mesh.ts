/** Pods that say themselves that they want no sidecar. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asRecord } from '../../lint/manifest-set.ts';
import type { Workload } from '../unit-facts.ts';

const INJECT = 'sidecar.istio.io/inject';

export function isOutsideMesh({ object, labels }: Workload): boolean {
  const annotations = asRecord(valueAt(object.value, '/spec/template/metadata/annotations'));
  return [labels[INJECT], annotations?.[INJECT]].some((value) => String(value) === 'false');
}
