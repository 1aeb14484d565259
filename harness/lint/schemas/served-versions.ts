/**
 * Versions of APIs that current clusters do not serve any more: an API server refuses such an object, and Argo CD's sync
 * fails with it. Read on 30 November 2026: for Kubernetes `APILifecycleRemoved` of k8s.io/api 0.36 and the Deprecated API
 * Migration Guide of kubernetes.io, for Istio the upgrade notes of 1.6 and 1.8 and crd-all.gen.yaml of 1.31.
 */
import { type Finding, findingAt, type ManifestObject, type ManifestSet, nameOf } from '../manifest-set.ts';

interface Gone {
  /** The first release without it. */
  readonly since: string;
  /** Undefined: there is nothing of its kind any more. */
  readonly instead: string | undefined;
}

const gone = (since: string, instead?: string): Gone => ({ since, instead });
/** `group/version`, or `group/version Kind` where the kinds of it went at different times. */
const GONE: Readonly<Record<string, Gone>> = {
  'extensions/v1beta1': gone('Kubernetes 1.16', 'apps/v1'),
  'extensions/v1beta1 NetworkPolicy': gone('Kubernetes 1.16', 'networking.k8s.io/v1'),
  'extensions/v1beta1 PodSecurityPolicy': gone('Kubernetes 1.16'),
  'extensions/v1beta1 Ingress': gone('Kubernetes 1.22', 'networking.k8s.io/v1'),
  'apps/v1beta1': gone('Kubernetes 1.16', 'apps/v1'),
  'apps/v1beta2': gone('Kubernetes 1.16', 'apps/v1'),
  'admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration': gone(
    'Kubernetes 1.22',
    'admissionregistration.k8s.io/v1',
  ),
  'admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration': gone(
    'Kubernetes 1.22',
    'admissionregistration.k8s.io/v1',
  ),
  'apiextensions.k8s.io/v1beta1': gone('Kubernetes 1.22', 'apiextensions.k8s.io/v1'),
  'apiregistration.k8s.io/v1beta1': gone('Kubernetes 1.22', 'apiregistration.k8s.io/v1'),
  'networking.k8s.io/v1beta1 Ingress': gone('Kubernetes 1.22', 'networking.k8s.io/v1'),
  'networking.k8s.io/v1beta1 IngressClass': gone('Kubernetes 1.22', 'networking.k8s.io/v1'),
  'rbac.authorization.k8s.io/v1beta1': gone('Kubernetes 1.22', 'rbac.authorization.k8s.io/v1'),
  'scheduling.k8s.io/v1beta1': gone('Kubernetes 1.22', 'scheduling.k8s.io/v1'),
  'storage.k8s.io/v1beta1 StorageClass': gone('Kubernetes 1.22', 'storage.k8s.io/v1'),
  'storage.k8s.io/v1beta1 CSIDriver': gone('Kubernetes 1.22', 'storage.k8s.io/v1'),
  'autoscaling/v2beta1': gone('Kubernetes 1.25', 'autoscaling/v2'),
  'batch/v1beta1': gone('Kubernetes 1.25', 'batch/v1'),
  'node.k8s.io/v1beta1': gone('Kubernetes 1.25', 'node.k8s.io/v1'),
  'policy/v1beta1': gone('Kubernetes 1.25', 'policy/v1'),
  'policy/v1beta1 PodSecurityPolicy': gone('Kubernetes 1.25'),
  'autoscaling/v2beta2': gone('Kubernetes 1.26', 'autoscaling/v2'),
  'flowcontrol.apiserver.k8s.io/v1beta1': gone('Kubernetes 1.26', 'flowcontrol.apiserver.k8s.io/v1'),
  'flowcontrol.apiserver.k8s.io/v1beta2': gone('Kubernetes 1.29', 'flowcontrol.apiserver.k8s.io/v1'),
  'flowcontrol.apiserver.k8s.io/v1beta3': gone('Kubernetes 1.32', 'flowcontrol.apiserver.k8s.io/v1'),
  'authentication.istio.io/v1alpha1': gone('Istio 1.6', 'security.istio.io/v1'),
  'rbac.istio.io/v1alpha1': gone('Istio 1.6', 'security.istio.io/v1'),
  'config.istio.io/v1alpha2': gone('Istio 1.8'),
};

/** Every version of the kinds that a canary is made of; a release of the future may serve more. */
const SERVED: Readonly<Record<string, readonly string[]>> = {
  ...of(
    'networking.istio.io',
    ['v1', 'v1beta1', 'v1alpha3'],
    'VirtualService DestinationRule Gateway ServiceEntry Sidecar',
  ),
  ...of('networking.istio.io', ['v1alpha3'], 'EnvoyFilter'),
  ...of('security.istio.io', ['v1', 'v1beta1'], 'AuthorizationPolicy PeerAuthentication RequestAuthentication'),
  ...of('telemetry.istio.io', ['v1', 'v1alpha1'], 'Telemetry'),
  ...of(
    'argoproj.io',
    ['v1alpha1'],
    'Rollout AnalysisTemplate ClusterAnalysisTemplate Application ApplicationSet AppProject',
  ),
};

/** API_VERSION_NOT_SERVED: a warning, because the cluster may be as old as the manifest. */
export function unservedVersionFindings(set: ManifestSet): readonly Finding[] {
  return set.objects.flatMap((object) => {
    const found = goneOf(object) ?? neverServed(object);
    if (found === undefined) return [];
    return [
      findingAt(object, ['apiVersion'], {
        code: 'API_VERSION_NOT_SERVED',
        severity: 'warning',
        sentence: `${nameOf(object)} is of ${object.apiVersion}, ${found.why}: the cluster refuses it`,
        hint: found.hint,
      }),
    ];
  });
}

function goneOf({ apiVersion, kind }: ManifestObject) {
  const found = GONE[`${apiVersion} ${kind}`] ?? GONE[apiVersion];
  if (!found) return undefined;
  const { since, instead } = found;
  return {
    why: `which is not served since ${since}`,
    hint:
      instead === undefined
        ? 'Nothing took its place under a name like that; leave it out.'
        : `Write it as ${instead}; fields may differ.`,
  };
}

function neverServed({ apiVersion, group, kind }: ManifestObject) {
  const served = SERVED[`${group} ${kind}`];
  if (!served || served.some((version) => apiVersion === `${group}/${version}`)) return undefined;
  return {
    why: 'a version that it does not have',
    hint: `It is served as ${served.map((one) => `${group}/${one}`).join(', ')}.`,
  };
}

function of(group: string, versions: readonly string[], kinds: string) {
  return Object.fromEntries(kinds.split(' ').map((kind) => [`${group} ${kind}`, versions]));
}
