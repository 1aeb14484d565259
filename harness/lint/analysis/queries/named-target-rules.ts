/** Services and versions that a query names and the unit does not have: then it is empty for ever. */

import { isDeepStrictEqual } from 'node:util';
import { nearestName } from '../../../documents/nearest-name.ts';
import type { PromExpr, SelectorExpr } from '../../../oracle/promql/promql-tree.ts';
import {
  asLabels,
  asRecord,
  type Finding,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  servicesIn,
} from '../../manifest-set.ts';
import { oncePerList } from '../../once-per-list.ts';
import { canaryOf } from '../../rollouts/rollout-objects.ts';
import { isHttp, portsOf, protocolsOf } from '../../routes/routed-services.ts';
import { type PodTemplate, podTemplates } from '../../routes/subsets.ts';
import { type MetricRun, metricFindingAt, queryPath } from '../analysis-templates.ts';
import { CANARY_HASH, STABLE_HASH, UNKNOWN_NAMESPACE } from '../analysis-uses.ts';
import type { ParsedQuery } from './analysis-query-rules.ts';
import { selectorsIn } from './synthetic-series.ts';

const SERVICE_LABELS = new Set(['destination_service', 'destination_service_name']);

/**
 * ANALYSIS_SERVICE_UNKNOWN: a selector of Istio's metrics names a Service that the unit does not have. Judged only when
 * the Services of the Rollout are part of the unit.
 */
export function serviceFindings(
  set: ManifestSet,
  { metric, expr }: ParsedQuery,
  { use }: MetricRun,
): readonly Finding[] {
  const { names, spellings } = spellingsOf(servicesIn(set, use.owner.namespace));
  if (names.length === 0) return [];
  const namespace = use.owner.namespace || UNKNOWN_NAMESPACE;
  const seen = new Set<string>();
  return istioSelectors(expr).flatMap(({ matchers }) =>
    matchers.flatMap(({ label, operator, value, accepts }): Finding[] => {
      if (!SERVICE_LABELS.has(label) || !operator.startsWith('=') || accepts('')) return [];
      const service = /^[a-z0-9-]+/.exec(value)?.[0];
      // another namespace, an outside host or an open pattern is none of this unit's business
      const elsewhere = value.includes('.') && !value.replaceAll('\\', '').includes(`.${namespace}`);
      if (elsewhere || service === undefined || seen.has(value) || isAccepted(spellings, value, accepts)) return [];
      seen.add(value);
      const near = nearestName(service, names);
      return [
        metricFindingAt(metric, queryPath(metric), {
          code: 'ANALYSIS_SERVICE_UNKNOWN',
          severity: 'error',
          sentence: `${metric.title}: run by ${nameOf(use.owner)}, the query asks for ${label} ${value}, but there is no Service ${service}, so it is empty for ever`,
          hint: `Services there: ${names.join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
        }),
      ];
    }),
  );
}

/**
 * ANALYSIS_PORT_NOT_HTTP: what the receiving proxy counts of a Service whose ports are not HTTP is bytes. Whoever sends the
 * requests, such as a gateway, may count them all the same.
 */
export function portProtocolFindings(
  set: ManifestSet,
  { metric, expr }: ParsedQuery,
  { use }: MetricRun,
): readonly Finding[] {
  const known = servicesIn(set, use.owner.namespace);
  const namespace = use.owner.namespace || UNKNOWN_NAMESPACE;
  const selectors = istioSelectors(expr).filter(
    ({ name, matchers }) =>
      OF_REQUESTS.test(name ?? '') &&
      matchers.some(
        ({ label, operator, value }) => label === 'reporter' && operator === '=' && value === 'destination',
      ),
  );
  for (const { matchers } of selectors) {
    const named = matchers.filter(
      ({ label, operator, accepts }) => SERVICE_LABELS.has(label) && operator.startsWith('=') && !accepts(''),
    );
    if (named.length === 0) continue;
    const asked = known.filter(({ name }) =>
      named.every(({ accepts }) =>
        [name, `${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}`].some(accepts),
      ),
    );
    const ports = asked.flatMap(portsOf);
    if (ports.length === 0 || !ports.every((port) => isHttp(port) === false)) continue;
    // another Service of the same pods may say that they speak HTTP
    const selectorsOfAsked = asked.map(({ value }) => asLabels(asRecord(value.spec)?.selector));
    const isSaidElsewhere = known.some(
      (one) =>
        !asked.includes(one) &&
        selectorsOfAsked.some((selector) =>
          isDeepStrictEqual(selector, asLabels(asRecord(one.value.spec)?.selector)),
        ) &&
        portsOf(one).some((port) => isHttp(port) !== false),
    );
    if (isSaidElsewhere) continue;
    return [
      metricFindingAt(metric, queryPath(metric), {
        code: 'ANALYSIS_PORT_NOT_HTTP',
        severity: 'error',
        sentence: `${metric.title}: run by ${nameOf(use.owner)}, the query asks what the proxy of ${asked.map(({ name }) => name).join(', ')} counts (reporter="destination"), whose ports are ${protocolsOf(ports)}: Istio counts no requests there, so it is empty for ever`,
        hint: 'Where the program speaks HTTP, say so of the port of the Service (name: http, or beginning with http-, or appProtocol: http); else ask for what Istio counts of TCP, or with reporter="source", which a caller that knows it as HTTP counts.',
      }),
    ];
  }
  return [];
}

const OF_REQUESTS = /^istio_request(s_total|_duration_|_bytes|_messages)|^istio_response_/;

/** Of the Services of one namespace. */
const spellingsOf = oncePerList((known: readonly ManifestObject[]) => {
  const names = [...new Set(known.map(({ name }) => name))];
  const namespace = known[0]?.namespace || UNKNOWN_NAMESPACE;
  const spellings = names.flatMap((name) => [name, `${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}`]);
  return { names, spellings: new Set(spellings) };
});

/** Most patterns are a name and accept themselves: then no other one has to be tried. */
function isAccepted(known: ReadonlySet<string>, value: string, accepts: (text: string) => boolean): boolean {
  return (known.has(value) && accepts(value)) || [...known].some(accepts);
}

function istioSelectors(expr: PromExpr): readonly SelectorExpr[] {
  return selectorsIn(expr).filter(({ name = '' }) => name.startsWith('istio_'));
}

/** What Istio writes there comes from these labels of the pod. */
const VERSION_LABELS: Readonly<Record<string, readonly string[]>> = {
  destination_version: ['version', 'app.kubernetes.io/version', 'service.istio.io/canonical-revision'],
  destination_canonical_revision: ['service.istio.io/canonical-revision', 'app.kubernetes.io/version', 'version'],
};
/** What it writes of pods that have none of them. */
const WITHOUT_VERSION = ['unknown', 'latest'];

/** ANALYSIS_VERSION_UNKNOWN: of pods that the unit's own templates make; metadata of the arms counts. */
export function versionFindings(
  set: ManifestSet,
  { metric, expr }: ParsedQuery,
  { use }: MetricRun,
): readonly Finding[] {
  const canary = canaryOf(use.owner);
  const ofArms = ['canaryMetadata', 'stableMetadata'].map((key) => asLabels(asRecord(canary?.[key])?.labels));
  const ofPods = versionsByNamespace(podTemplates(set)).get(use.owner.namespace);
  if (!ofPods) return [];
  return selectorsIn(expr).flatMap(({ name: metricName = '', matchers }) =>
    matchers.flatMap(({ label, operator, value, accepts }): Finding[] => {
      const isHash = [CANARY_HASH, STABLE_HASH].includes(value);
      const names = metricName.startsWith('istio_')
        ? VERSION_LABELS[label]
        : isHash && label === 'version'
          ? [label]
          : undefined;
      if (!names || !operator.startsWith('=') || accepts('')) return [];
      const ownVersions = ofArms.flatMap((labels) => names.flatMap((name) => labels[name] ?? []));
      if ([...ownVersions, ...WITHOUT_VERSION].some(accepts)) return [];
      const versions = ofPods[label] ?? new Set();
      if (isAccepted(versions, value, accepts)) return [];
      const known = [...ownVersions, ...versions];
      // what a program calls its version is known only where its pods are labelled so
      if (!metricName.startsWith('istio_') && known.length === 0) return [];
      return [
        metricFindingAt(metric, queryPath(metric), {
          code: 'ANALYSIS_VERSION_UNKNOWN',
          severity: 'warning',
          sentence: `${metric.title}: run by ${nameOf(use.owner)}, the query asks for ${label} ${isHash ? 'with the pod-template hash' : value}, which no pod template of the unit has`,
          hint: `Versions there: ${known.length === 0 ? 'none' : [...new Set(known)].join(', ')}. ${isHash ? 'Argo writes the hash into the label rollouts-pod-template-hash of pods, and into no other.' : 'A release that changes the label has to change the query too.'}`,
        }),
      ];
    }),
  );
}

/** Programs count by a label of their own, too. */
const KNOWN_LABELS: typeof VERSION_LABELS = { ...VERSION_LABELS, version: ['version'] };

/** By namespace and by label of the metrics, what its pod templates would be shown as there. */
const versionsByNamespace = oncePerList((templates: readonly PodTemplate[]) => {
  const found = new Map<string, Readonly<Record<string, Set<string>>>>();
  for (const { namespace, labels } of templates) {
    const known =
      found.get(namespace) ?? Object.fromEntries(Object.keys(KNOWN_LABELS).map((key) => [key, new Set<string>()]));
    found.set(namespace, known);
    for (const [key, names] of Object.entries(KNOWN_LABELS))
      for (const name of names) if (labels[name] !== undefined) known[key]!.add(labels[name]);
  }
  return found;
});
