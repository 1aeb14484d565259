/** Where objects belong that name no namespace, as far as the rest of their unit says it. Pure. */
import { asList, asRecord, type ManifestObject } from '../../lint/manifest-set.ts';

/** Of the platform: what stands there says nothing about the application. */
const OF_PLATFORM =
  /^(istio-(system|operator|(in|e)gress(gateway)?|gateways?)|kube-.*|argocd|argo-rollouts|openshift-gitops|monitoring|prometheus|cert-manager)$/;

/**
 * Without an Application nobody says where a unit goes. In this order, each only if it names one namespace: what other
 * objects say, the Namespace that is among them, the full host of one of its own Services, what its analyses ask for,
 * and where its Gateways stand.
 */
export function inAgreedNamespace(objects: readonly ManifestObject[]): readonly ManifestObject[] {
  if (objects.every(({ namespace }) => namespace !== '')) return objects;
  const named = objects.filter((object) => object.namespace !== '' && !isOfArgoCd(object));
  const sources = [
    () => namesOf(named.filter((object) => !isGateway(object))),
    () => objects.filter(({ kind, group }) => kind === 'Namespace' && group === '').map(({ name }) => name),
    () => namesInHosts(objects),
    () => objects.flatMap(namesInAnalyses),
    () => namesOf(named.filter(isGateway)),
  ];
  for (const source of sources) {
    const [agreed, second] = new Set(source().filter((one) => !OF_PLATFORM.test(one)));
    if (second !== undefined) return objects;
    if (agreed !== undefined)
      return objects.map((object) => (object.namespace === '' ? { ...object, namespace: agreed } : object));
  }
  return objects;
}

function namesOf(objects: readonly ManifestObject[]): readonly string[] {
  return objects.map(({ namespace }) => namespace);
}

/** `shop.demo.svc` anywhere, where `shop` is a Service of the unit that names no namespace. */
function namesInHosts(objects: readonly ManifestObject[]): readonly string[] {
  const own = new Set(
    objects
      .filter(({ kind, group, namespace }) => kind === 'Service' && group === '' && namespace === '')
      .map(({ name }) => name),
  );
  if (own.size === 0) return [];
  // what a schema says of hosts are examples
  const speaking = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition');
  return speaking.flatMap(({ value }) =>
    [...JSON.stringify(value).matchAll(/(?<![\w.-])([a-z0-9][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)\.svc(?![\w-])/g)].flatMap(
      ([, service = '', namespace = '']) => (own.has(service) ? [namespace] : []),
    ),
  );
}

const OF_RECEIVERS = /\bdestination_(?:service|workload)_namespace=~?\\"([a-z0-9][a-z0-9-]*)\\"/g;

/** An argument `namespace` of analyses, its default, and selectors of Istio's metrics. */
function namesInAnalyses({ kind, group, value }: ManifestObject): readonly string[] {
  if (group !== 'argoproj.io') return [];
  const spec = asRecord(value.spec);
  if (/^(Cluster)?AnalysisTemplate$/.test(kind))
    return [
      ...namesInArguments(spec?.args),
      ...[...JSON.stringify(value).matchAll(OF_RECEIVERS)].map(([, name = '']) => name),
    ];
  const canary = asRecord(asRecord(spec?.strategy)?.canary);
  return [canary, ...asList(canary?.steps).map(asRecord)].flatMap((place) =>
    namesInArguments(asRecord(place?.analysis)?.args),
  );
}

function namesInArguments(args: unknown): readonly string[] {
  return asList(args).flatMap((entry) => {
    const { name, value } = asRecord(entry) ?? {};
    return name === 'namespace' && typeof value === 'string' && /^[a-z0-9][a-z0-9-]*$/.test(value) ? [value] : [];
  });
}

function isOfArgoCd({ group, kind }: ManifestObject): boolean {
  return group === 'argoproj.io' && /^(Application|ApplicationSet|AppProject)$/.test(kind);
}

function isGateway({ group, kind }: ManifestObject): boolean {
  return group === 'networking.istio.io' && kind === 'Gateway';
}
