/**
 * Services whose selector no pod of their unit carries. Silent wherever pods may come from something that is not seen: an
 * operator, an Application of elsewhere, another unit, a part that is not here.
 */
import {
  asLabels,
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  services,
} from '../manifest-set.ts';
import { rollouts, textOf } from '../rollouts/rollout-objects.ts';
import { routedServices } from './routed-services.ts';
import { effectiveWeight } from './routes.ts';
import { type PodTemplate, podTemplates, selects } from './subsets.ts';

/** Groups whose objects make no pods but by the templates that are read here. */
const WITHOUT_PODS = new Set([
  ...['', 'apps', 'autoscaling', 'policy', 'rbac.authorization.k8s.io', 'networking.k8s.io', 'storage.k8s.io'],
  ...['scheduling.k8s.io', 'apiextensions.k8s.io', 'admissionregistration.k8s.io', 'apiregistration.k8s.io'],
  ...['networking.istio.io', 'security.istio.io', 'telemetry.istio.io', 'cert-manager.io', 'external-secrets.io'],
  ...['bitnami.com', 'keda.sh', 'kyverno.io', 'discovery.k8s.io', 'coordination.k8s.io', 'traefik.io'],
  ...['k8s.nginx.org', 'projectcontour.io', 'configuration.konghq.com', 'elbv2.k8s.aws', 'route.openshift.io'],
  ...['networking.gke.io', 'cloud.google.com', 'cilium.io', 'crd.projectcalico.org', 'secrets-store.csi.x-k8s.io'],
]);
/** Of other groups. */
const KINDS_WITHOUT_PODS = new Set([
  ...['Rollout', 'AnalysisTemplate', 'ClusterAnalysisTemplate', 'AppProject'],
  ...['ServiceMonitor', 'PodMonitor', 'PrometheusRule', 'Probe', 'Job'],
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'ReferenceGrant', 'VerticalPodAutoscaler'],
]);
const CONTROLLER_LABEL = 'rollouts-pod-template-hash';

type Labels = Readonly<Record<string, string>>;

/** SERVICE_WITHOUT_PODS: an error where a route sends traffic there and pods of the unit nearly carry what it selects. */
export function serviceWithoutPodsFindings(set: ManifestSet): readonly Finding[] {
  const { objects, others = [] } = set;
  const own = podTemplates(set);
  const all = [...own, ...podTemplates({ ...set, objects: others })];
  const makers = [...objects, ...others].filter((object) => mayMakePods(object, all));
  const steered = servicesOfRollouts(set);
  const asked = servicesWithTraffic(set);
  return services(set).flatMap((service): readonly Finding[] => {
    const spec = asRecord(service.value.spec);
    const selector = withoutHash(asLabels(spec?.selector));
    const near = own.filter(({ namespace }) => isSame(namespace, service.namespace));
    const isSilent =
      Object.keys(selector).length === 0 ||
      spec?.type === 'ExternalName' ||
      near.length === 0 ||
      steered.has(service) ||
      makers.some((maker) => isSame(namespaceOfPods(maker), service.namespace)) ||
      all.some((template) => selects(selector, template));
    if (isSilent) return [];
    const meant = near.find((template) => isMeant(selector, service, template));
    const isAsked = asked.has(service);
    return [
      findingAt(service, ['spec', 'selector'], {
        code: 'SERVICE_WITHOUT_PODS',
        severity: isAsked && meant ? 'error' : 'warning',
        sentence: `${nameOf(service)} selects pods with ${formatLabels(selector)}, and no pod template has these labels`,
        hint: `${meant ? `Pods of ${nameOf(meant.owner)} have ${formatLabels(meant.labels)}. ` : ''}A Service without pods has no endpoints: ${isAsked ? 'requests that are routed to it get' : 'whoever calls it gets'} 503.`,
      }),
    ];
  });
}

/** A custom resource may have an operator, an Application may bring a chart, and pods of a `workloadRef` may not be here. */
function mayMakePods({ group, kind, value }: ManifestObject, templates: readonly PodTemplate[]): boolean {
  const spec = asRecord(value.spec);
  if (kind === 'Application' || kind === 'ApplicationSet') return /"chart":"/.test(JSON.stringify(spec ?? {}));
  const reference = asRecord(spec?.workloadRef);
  if (kind === 'Rollout' && reference) return !templates.some(({ owner }) => owner.name === reference.name);
  return !WITHOUT_PODS.has(group) && !KINDS_WITHOUT_PODS.has(kind);
}

function namespaceOfPods({ kind, namespace, value }: ManifestObject): string {
  const destination = asRecord(asRecord(value.spec)?.destination)?.namespace;
  if (kind === 'Application') return textOf(destination);
  return kind === 'ApplicationSet' ? '' : namespace;
}

/** An empty namespace is one that is not known. */
function isSame(one: string, other: string): boolean {
  return one === '' || other === '' || one === other;
}

/** A template with the Service's name, or with a part of what it selects. */
function isMeant(selector: Labels, service: ManifestObject, { owner, labels }: PodTemplate): boolean {
  return owner.name === service.name || Object.entries(selector).some(([key, value]) => labels[key] === value);
}

/** Argo Rollouts compares these with the pods itself, and so does ROLLOUT_SERVICE_SELECTOR. */
function servicesOfRollouts(set: ManifestSet): ReadonlySet<ManifestObject> {
  const known = services(set);
  return new Set(
    rollouts(set).flatMap(({ namespace, value }) => {
      const { canary, blueGreen } = asRecord(asRecord(value.spec)?.strategy) ?? {};
      const fields = { ...asRecord(canary), ...asRecord(blueGreen) };
      const names = ['stableService', 'canaryService', 'activeService', 'previewService'].map((key) => fields[key]);
      return known.filter((service) => names.includes(service.name) && isSame(service.namespace, namespace));
    }),
  );
}

function servicesWithTraffic(set: ManifestSet): ReadonlySet<ManifestObject> {
  return new Set(
    routedServices(set).flatMap(({ route, path, services: found }) => {
      const destination = route.destinations.find((one) => one.path === path);
      return destination && effectiveWeight(destination, route) > 0 ? found : [];
    }),
  );
}

function withoutHash(selector: Labels): Labels {
  return Object.fromEntries(Object.entries(selector).filter(([key]) => key !== CONTROLLER_LABEL));
}

function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
