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
  NOBODY,
  nameOf,
  services,
  servicesNamed,
} from '../manifest-set.ts';
import { groupedBy, oncePerList } from '../once-per-list.ts';
import { rollouts, textOf } from '../rollouts/rollout-objects.ts';
import { routedServices } from './routed-services.ts';
import { effectiveWeight } from './routes.ts';
import { type PodTemplate, podsWith, podTemplates } from './subsets.ts';

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
  const lists = [set.objects, set.others ?? NOBODY];
  const own = podTemplates(set);
  const ownByNamespace = byNamespace(own);
  const steered = servicesOfRollouts(set);
  const asked = servicesWithTraffic(set);
  return services(set).flatMap((service): readonly Finding[] => {
    const spec = asRecord(service.value.spec);
    const selector = withoutHash(asLabels(spec?.selector));
    const isSilent =
      Object.keys(selector).length === 0 ||
      spec?.type === 'ExternalName' ||
      steered.has(service) ||
      lists.some((objects) => podsWith({ objects }, selector).length > 0) ||
      !(service.namespace === '' ? own.length > 0 : ['', service.namespace].some((one) => ownByNamespace.has(one))) ||
      mayBeMadeIn(lists, service.namespace);
    if (isSilent) return [];
    const meant = firstMeant(set, service, selector);
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

const byNamespace = groupedBy(({ namespace }: PodTemplate) => [namespace]);
const byOwner = groupedBy(({ owner }: PodTemplate) => [owner.name]);

/** Where each stands that may make pods which no template shows; and of those with a `workloadRef`, what they name. */
const makersIn = oncePerList((objects: readonly ManifestObject[]) => {
  const namespaces = new Set<string>();
  const referring: { readonly namespace: string; readonly name: unknown }[] = [];
  for (const object of objects) {
    const { kind, value } = object;
    const reference = kind === 'Rollout' ? asRecord(asRecord(value.spec)?.workloadRef) : undefined;
    if (reference) referring.push({ namespace: object.namespace, name: reference.name });
    else if (mayMakePods(object)) namespaces.add(namespaceOfPods(object));
  }
  return { namespaces, referring };
});

function mayBeMadeIn(lists: readonly (readonly ManifestObject[])[], namespace: string): boolean {
  const hasPods = (name: unknown): boolean =>
    lists.some((objects) => byOwner(podTemplates({ objects })).has(String(name)));
  return lists
    .map(makersIn)
    .some(
      ({ namespaces, referring }) =>
        (namespace === '' ? namespaces.size > 0 : ['', namespace].some((one) => namespaces.has(one))) ||
        referring.some((one) => isSame(one.namespace, namespace) && !hasPods(one.name)),
    );
}

/** A custom resource may have an operator, an Application may bring a chart, and pods of a `workloadRef` may not be here. */
function mayMakePods({ group, kind, value }: ManifestObject): boolean {
  if (kind === 'Application' || kind === 'ApplicationSet') return /"chart":"/.test(JSON.stringify(value.spec ?? {}));
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

/** The first template with the Service's name, or with a part of what it selects. */
function firstMeant(set: ManifestSet, service: ManifestObject, selector: Labels): PodTemplate | undefined {
  const own = podTemplates(set);
  const candidates = [
    byOwner(own).get(service.name) ?? [],
    ...Object.entries(selector).map(([key, value]) => podsWith(set, { [key]: value })),
  ].flatMap((group) => group.find(({ namespace }) => isSame(namespace, service.namespace)) ?? []);
  const place = placesIn(own);
  return candidates.toSorted((a, b) => place.get(a)! - place.get(b)!)[0];
}

const placesIn = oncePerList(
  (templates: readonly PodTemplate[]) => new Map(templates.map((template, index) => [template, index])),
);

/** Argo Rollouts compares these with the pods itself, and so does ROLLOUT_SERVICE_SELECTOR. */
function servicesOfRollouts(set: ManifestSet): ReadonlySet<ManifestObject> {
  return new Set(
    rollouts(set).flatMap(({ namespace, value }) => {
      const { canary, blueGreen } = asRecord(asRecord(value.spec)?.strategy) ?? {};
      const fields = { ...asRecord(canary), ...asRecord(blueGreen) };
      const names = ['stableService', 'canaryService', 'activeService', 'previewService'].map((key) => fields[key]);
      return names
        .flatMap((name) => (typeof name === 'string' ? servicesNamed(set, name) : []))
        .filter((service) => isSame(service.namespace, namespace));
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
