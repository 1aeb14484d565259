/** Objects as the API server of the run takes them: versions that it serves, and secrets that it can read. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asRecord, type ManifestObject } from '../../lint/manifest-set.ts';
import type { UnitFacts } from '../unit-facts.ts';
import { type Change, changesOf, type Edit } from './change.ts';

/** Same fields, another name. */
const SERVED_AS: Readonly<Record<string, string>> = {
  'autoscaling/v2beta2': 'autoscaling/v2',
  'policy/v1beta1': 'policy/v1',
  'rbac.authorization.k8s.io/v1beta1': 'rbac.authorization.k8s.io/v1',
  'rbac.authorization.k8s.io/v1alpha1': 'rbac.authorization.k8s.io/v1',
  'apps/v1beta1': 'apps/v1',
  'apps/v1beta2': 'apps/v1',
  'extensions/v1beta1 Deployment': 'apps/v1',
  'extensions/v1beta1 DaemonSet': 'apps/v1',
  'extensions/v1beta1 ReplicaSet': 'apps/v1',
  'extensions/v1beta1 NetworkPolicy': 'networking.k8s.io/v1',
};

/** What takes the place of its version without more ado; undefined: it is served, or its form is another one there. */
export function servedAs({ apiVersion, kind }: Pick<ManifestObject, 'apiVersion' | 'kind'>): string | undefined {
  return SERVED_AS[apiVersion] ?? SERVED_AS[`${apiVersion} ${kind}`];
}

const OF_ISTIO = /(^|\.)istio\.io$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function servedChanges(facts: UnitFacts): readonly Change[] {
  return facts.objects.flatMap((object) => {
    const { apiVersion, kind, group, value } = object;
    const served = servedAs(object);
    const edits: Edit[] = [
      ...(served === undefined
        ? []
        : [
            {
              reason: `Kubernetes serves no ${apiVersion} any more`,
              set: { '/apiVersion': served, ...selectorOf(value) },
            },
          ]),
      ...(kind === 'Secret' && group === '' ? secretEdits(value) : []),
      ...revisionEdits(object),
    ];
    return changesOf(object, facts, edits);
  });
}

/** What the API server took from the pods' labels before apps/v1. */
function selectorOf(value: ManifestObject['value']) {
  const labels = valueAt(value, '/spec/template/metadata/labels');
  return labels === undefined || valueAt(value, '/spec/selector') !== undefined
    ? {}
    : { '/spec/selector': { matchLabels: labels } };
}

/** Istio reads only what bears its own revision or none, and a pod of another one gets no sidecar. */
function revisionEdits({ value, group }: ManifestObject): Edit[] {
  const labels = OF_ISTIO.test(group) ? '/metadata/labels' : '/spec/template/metadata/labels';
  const { 'istio.io/rev': revision, ...others } = asRecord(valueAt(value, labels)) ?? {};
  if (revision === undefined || revision === 'default') return [];
  // an empty list of labels is none to the API server, and Argo CD would see a difference for ever
  const removed = Object.keys(others).length > 0 ? `${labels}/istio.io~1rev` : labels;
  return [{ reason: 'the run has one Istio, without revisions', remove: [removed] }];
}

/** A placeholder in its data makes the API server refuse all of it. */
function secretEdits(value: Readonly<Record<string, unknown>>): Edit[] {
  const set = Object.fromEntries(
    Object.entries(asRecord(value.data) ?? {})
      .filter(([, text]) => typeof text !== 'string' || !BASE64.test(text.replaceAll(/\s/g, '')))
      .map(([key]) => [`/data/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, ''] as const),
  );
  return [
    ...(Object.keys(set).length > 0 ? [{ reason: 'a placeholder is no base64, and the API refuses it', set }] : []),
    ...registryEdits(value),
  ];
}

const OF_REGISTRIES: Readonly<Record<string, string>> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
};

/** Of these types the API server reads what they hold. */
function registryEdits({ type, data, stringData }: Readonly<Record<string, unknown>>): Edit[] {
  const key = OF_REGISTRIES[String(type)];
  const plain = key === undefined ? undefined : asRecord(stringData)?.[key];
  const coded = key === undefined ? undefined : asRecord(data)?.[key];
  if (key === undefined || isJson(plain ?? Buffer.from(String(coded ?? ''), 'base64').toString())) return [];
  const reason = 'its credentials are none, and the API refuses them';
  return [{ reason, set: plain === undefined ? { [`/data/${key}`]: 'e30=' } : { [`/stringData/${key}`]: '{}' } }];
}

function isJson(text: unknown): boolean {
  try {
    return asRecord(JSON.parse(String(text))) !== undefined;
  } catch {
    return false;
  }
}
