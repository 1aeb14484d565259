/** Where a pod is to run, and whom it asks for names: the cluster of a run has one node and one DNS. Pure. */
import { valueAt } from '../../../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../../../lint/manifest-set.ts';
import { POD_SPEC } from '../../unit-facts.ts';
import type { Edit } from '../change.ts';

const PLACES = 'the cluster has one node, without labels, classes or registries';
const ANTI_AFFINITY = '/spec/strategy/canary/antiAffinity';

/** Of a pod. What the API server writes from a class (priority, overhead) it refuses without one. */
const OF_PODS = [
  'nodeSelector',
  'nodeName',
  'affinity',
  'tolerations',
  'topologySpreadConstraints',
  'priorityClassName',
  'priority',
  'preemptionPolicy',
  'runtimeClassName',
  'overhead',
  'imagePullSecrets',
  'schedulerName',
  'schedulingGates',
  'resourceClaims',
];

export function placeEdits({ kind, value }: ManifestObject): Edit[] {
  const spec = asRecord(valueAt(value, POD_SPEC)) ?? {};
  const wanted = OF_PODS.filter((key) => spec[key] !== undefined).map((key) => `${POD_SPEC}/${key}`);
  // a canary that may not run beside the stable pods would wait for a second node
  const apart = kind === 'Rollout' && valueAt(value, ANTI_AFFINITY) !== undefined ? [ANTI_AFFINITY] : [];
  return [...wanted, ...apart].map((pointer) => ({ reason: PLACES, remove: [pointer] }));
}

const NAMES = 'names are those of the DNS of the cluster, by which proxies find their control plane';

/** `ClusterFirst`, with servers of others beside or without. */
export function nameEdits({ dnsPolicy, dnsConfig }: Readonly<Record<string, unknown>>): Edit[] {
  const isOther = dnsPolicy === 'None' || dnsPolicy === 'Default';
  const servers = asList(asRecord(dnsConfig)?.nameservers);
  const remove = [
    ...(isOther ? [`${POD_SPEC}/dnsPolicy`] : []),
    ...(isOther && dnsConfig !== undefined ? [`${POD_SPEC}/dnsConfig`] : []),
    ...(!isOther && servers.length > 0 ? [`${POD_SPEC}/dnsConfig/nameservers`] : []),
  ];
  return remove.length > 0 ? [{ reason: NAMES, remove }] : [];
}
