/** The part of `admission.k8s.io/v1` that a mutating webhook of one kind of object needs. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';

export interface AdmissionRequest {
  readonly uid: string;
  readonly name?: string;
  readonly userInfo?: { readonly username?: string };
  readonly object: KubeObject;
  readonly oldObject: KubeObject;
}

/** @throws SyntaxError, TypeError of what is no review of an update */
export function readReview(text: string): AdmissionRequest {
  const { request } = JSON.parse(text) as { request?: AdmissionRequest };
  if (!request?.uid || !request.object?.metadata || !request.oldObject?.metadata)
    throw new TypeError('no review of an update');
  return request;
}

/** @param routes `spec.http` that is stored; undefined: what was asked */
export function reviewAnswer({ uid }: AdmissionRequest, routes: unknown): string {
  const patch = routes === undefined ? undefined : [{ op: 'replace', path: '/spec/http', value: routes }];
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      ...{ uid, allowed: true },
      ...(patch === undefined
        ? {}
        : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
    },
  });
}
