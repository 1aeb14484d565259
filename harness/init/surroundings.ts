/** What the manifests expect around them that a cluster of the run can have as it is: the profile's block `cluster`. Pure. */
import { valueAt } from '../documents/json-pointer.ts';
import { asList, asRecord, type ManifestObject } from '../lint/manifest-set.ts';
import { isHost } from './served-hosts.ts';
import { ISTIO } from './subjects.ts';
import { ofKind, type UnitFacts } from './unit-facts.ts';

export interface ExpectedSurroundings {
  readonly prometheusServices: readonly PrometheusService[];
  readonly gatewayLabels: Readonly<Record<string, string>>;
  readonly gatewayCertificates: readonly GatewayCertificate[];
}

export interface PrometheusService {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

interface GatewayCertificate {
  readonly credentialName: string;
  readonly namespace: string;
  readonly hosts: readonly string[];
}

/** Labels that the pods of our ingress gateway have anyway. */
const OWN_LABELS: Readonly<Record<string, string>> = { app: 'istio-ingressgateway', istio: 'ingressgateway' };
const LABEL = /^[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Where the Prometheus of a run is by itself. */
const OWN_PROMETHEUS: PrometheusService = { namespace: 'monitoring', name: 'prometheus', port: 9090 };
/** Who asks: a name without a namespace is one of its namespace. */
const CONTROLLER = 'argo-rollouts';

export function surroundingsOf(facts: UnitFacts): ExpectedSurroundings {
  return {
    prometheusServices: prometheusServices(facts),
    gatewayLabels: gatewayLabels(facts),
    gatewayCertificates: gatewayCertificates(facts),
  };
}

/** The Service of a cluster that an address names; undefined for any other place, or a way that needs more than it. */
function serviceAt(address: unknown): PrometheusService | undefined {
  const [, host = '', port = '80'] = /^http:\/\/([^/@:?#\s]+)(?::(\d{1,5}))?\/?$/.exec(String(address)) ?? [];
  const [name = '', namespace = CONTROLLER, ...rest] = host.split('.');
  const isOfCluster = rest.length === 0 || /^svc(\.cluster(\.local)?)?$/.test(rest.join('.'));
  if (!isOfCluster || !DNS_LABEL.test(name) || !DNS_LABEL.test(namespace) || /^\d+$/.test(name)) return undefined;
  if (name === 'localhost') return undefined;
  return { namespace, name, port: Number(port) };
}

/** Whether analyses that ask there are answered as they are written. */
export function isReachable(address: unknown, facts: UnitFacts): boolean {
  const service = serviceAt(address);
  return (
    service !== undefined &&
    // their own Service of that name would lead to a stand-in
    !ofKind(facts, 'Service', '').some(
      ({ name, namespace }) => name === service.name && namespace === service.namespace,
    )
  );
}

function prometheusServices(facts: UnitFacts): PrometheusService[] {
  const templates = ['AnalysisTemplate', 'ClusterAnalysisTemplate'].flatMap((kind) =>
    ofKind(facts, kind, 'argoproj.io'),
  );
  const asked = templates.flatMap(({ value }) =>
    asList(valueAt(value, '/spec/metrics')).flatMap((metric) => {
      const address = valueAt(metric, '/provider/prometheus/address');
      const service = isReachable(address, facts) ? serviceAt(address) : undefined;
      return service ? [service] : [];
    }),
  );
  const keyed = new Map(asked.map((one) => [`${one.namespace}/${one.name}:${one.port}`, one]));
  keyed.delete(`${OWN_PROMETHEUS.namespace}/${OWN_PROMETHEUS.name}:${OWN_PROMETHEUS.port}`);
  return [...keyed.values()];
}

/** Of two Gateways that want different values of one label, the first one has its way; the other is changed. */
function gatewayLabels(facts: UnitFacts): Readonly<Record<string, string>> {
  const wanted: Record<string, string> = {};
  for (const gateway of ofKind(facts, 'Gateway', ISTIO)) {
    const selector = selectorOf(gateway);
    if (Object.entries(selector).some(([key, value]) => (wanted[key] ?? value) !== value)) continue;
    if (Object.values(selector).every((value) => LABEL.test(value))) Object.assign(wanted, selector);
  }
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => OWN_LABELS[key] !== value));
}

export function selectorOf({ value }: ManifestObject): Readonly<Record<string, string>> {
  const entries = Object.entries(asRecord(valueAt(value, '/spec/selector')) ?? {});
  return Object.fromEntries(entries.map(([key, wanted]) => [key, String(wanted)]));
}

/** Whether the gateway of the run has every label, those that it is given for them among them. */
export function isSelected(gateway: ManifestObject, labels: Readonly<Record<string, string>>): boolean {
  const given = { ...OWN_LABELS, ...labels };
  return Object.entries(selectorOf(gateway)).every(([key, wanted]) => given[key] === wanted);
}

/** The gateway reads the secret in its own namespace. */
function gatewayCertificates(facts: UnitFacts): GatewayCertificate[] {
  const found = ofKind(facts, 'Gateway', ISTIO).flatMap(({ value }) =>
    asList(valueAt(value, '/spec/servers')).flatMap((server): GatewayCertificate[] => {
      const name = valueAt(server, '/tls/credentialName');
      const hosts = asList(valueAt(server, '/hosts'))
        .map((host) => String(host).replace(/^[^/]*\//, ''))
        .filter((host) => isHost(host.replace(/^\*\./, '')));
      return typeof name === 'string' && DNS_LABEL.test(name)
        ? [{ credentialName: name, namespace: 'istio-system', hosts: hosts.length > 0 ? hosts : ['localhost'] }]
        : [];
    }),
  );
  const named = Map.groupBy(found, ({ credentialName }) => credentialName);
  return [...named.values()]
    .map((same) => ({ ...same[0]!, hosts: [...new Set(same.flatMap(({ hosts }) => hosts))] }))
    .filter(
      ({ credentialName }) =>
        !ofKind(facts, 'Secret', '').some(
          ({ name, namespace }) => name === credentialName && namespace === 'istio-system',
        ),
    );
}
