/** Collections of the API by the kind of an object. */
import { HarnessError } from '../../harness/errors/harness-error.ts';

const PLURALS: Readonly<Record<string, string>> = {
  NetworkPolicy: 'networkpolicies',
  Gateway: 'gateways',
  Ingress: 'ingresses',
  ServiceEntry: 'serviceentries',
};

/** The collection of an object reference. Kinds whose plural is irregular are listed. */
export function collectionOf(ref: { readonly apiVersion: string; readonly kind: string; readonly namespace: string }) {
  const resource = PLURALS[ref.kind] ?? `${ref.kind.toLowerCase()}s`;
  return { apiVersion: ref.apiVersion, resource, namespace: ref.namespace };
}

/** True when `wait` ended by its condition, false when by its time limit; other errors pass through. */
export async function metInTime(wait: Promise<unknown>): Promise<boolean> {
  try {
    await wait;
    return true;
  } catch (error) {
    if (error instanceof HarnessError && error.code === 'WAIT_TIMEOUT') return false;
    throw error;
  }
}
