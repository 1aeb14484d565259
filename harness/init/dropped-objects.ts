/** Objects that the cluster of a run has no use for, or must not get. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { wantsToken } from './authorization/let-in.ts';
import { type Change, dropOf } from './changes/change.ts';
import { servedAs } from './changes/served-changes.ts';
import type { UnitFacts } from './unit-facts.ts';

/** Groups whose objects the run's cluster serves. */
const SERVED =
  /^(|apps|autoscaling|policy|rbac\.authorization\.k8s\.io|networking\.k8s\.io|networking\.istio\.io|security\.istio\.io|telemetry\.istio\.io|argoproj\.io)$/;
/** Of Argo's projects only Rollouts and Argo CD are installed. */
const OF_ARGO = new Set([
  'Rollout',
  'AnalysisTemplate',
  'ClusterAnalysisTemplate',
  'Application',
  'AppProject',
  'Experiment',
]);

/** Their form is another one in the version that is left. */
const NO_LONGER_SERVED = /^(autoscaling\/v2beta1|extensions\/)/;
const ENDS = /^(Job|CronJob)$/;

const WHY: Readonly<Record<string, string>> = {
  '/PersistentVolumeClaim': 'the cluster has no storage, and the stand-in writes nothing',
  '/PersistentVolume': 'the cluster has no storage, and the stand-in writes nothing',
  'networking.k8s.io/Ingress': 'no controller serves it, and Argo CD would wait for its address for ever',
  'argoproj.io/AppProject': 'the Application is in the project `default` of a cluster that is made for the run',
  '/Pod': 'nobody releases a bare pod, and the run has no program for it',
  '/ReplicationController': 'no claim is about its pods, and the run has no program for them',
  '/LimitRange': 'pods of the run have proxies and requests of their own',
  '/ResourceQuota': 'pods of the run have proxies and requests of their own',
  'policy/PodSecurityPolicy': 'Kubernetes has none any more',
  'argoproj.io/Experiment': 'an Experiment starts by itself and is not what is proven',
};

/** By namespace, what the cluster of a run is made of: an object of such a name would replace it. */
const OF_THE_RUN: Readonly<Record<string, RegExp>> = {
  'istio-system': /^(istio|istiod|istio-ingressgateway)$/,
  argocd: /^argocd-/,
  'argo-rollouts': /^argo-rollouts/,
};
/** Its settings and programs, and not what is routed or proven by objects of other groups. */
const MADE_OF = /^(|apps|autoscaling|policy|rbac\.authorization\.k8s\.io)$/;

export function droppedObjects(facts: UnitFacts): readonly Change[] {
  return facts.objects.flatMap((object) => {
    const why = whyDropped(object);
    return why === undefined ? [] : [dropOf(object, facts, why)];
  });
}

/** The run has sidecars, where pods are proven, whatever labels say of other ways. */
function whyMade(value: Readonly<Record<string, unknown>>): string {
  const labels = asRecord(valueAt(value, '/metadata/labels')) ?? {};
  const made = 'namespaces are made before the Application is applied, with their sidecars switched on';
  if (labels['istio.io/dataplane-mode'] === 'ambient') return `${made}; theirs is of ambient mode, which is not proven`;
  return isSwitchedOff(labels) ? `${made} where pods are proven; theirs switches them off` : made;
}

export function isSwitchedOff(labels: Readonly<Record<string, unknown>>): boolean {
  return labels['istio-injection'] === 'disabled';
}

function whyDropped(object: ManifestObject): string | undefined {
  const { group, kind, value, apiVersion } = object;
  if (MADE_OF.test(group) && OF_THE_RUN[object.namespace]?.test(object.name))
    return 'the cluster of the run has its own, which this one would replace';
  if (ENDS.test(kind)) return 'the stand-in answers instead of its program, and never ends, as a job must';
  const isRenewed = servedAs(object) !== undefined;
  if (!isRenewed && NO_LONGER_SERVED.test(apiVersion)) return `Kubernetes serves no ${apiVersion} any more`;
  if (group === 'argoproj.io' && !OF_ARGO.has(kind))
    return `the cluster has no ${kind} of ${group}, and nothing that acts on one`;
  if (kind === 'AuthorizationPolicy' && wantsToken(value)) return 'clients of the run bring no token';
  if (!isRenewed && !SERVED.test(group)) return `the cluster has no ${kind} of ${group}, and nothing that acts on one`;
  if (kind === 'StatefulSet' && asList(valueAt(value, '/spec/volumeClaimTemplates')).length > 0)
    return 'the cluster has no storage, and the stand-in writes nothing';
  if (kind === 'Namespace' && group === '') return whyMade(value);
  return WHY[`${group}/${kind}`];
}
