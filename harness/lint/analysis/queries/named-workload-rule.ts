/** Workloads that a query names and nobody runs: then it is empty for ever. */
import { nearestName } from '../../../documents/nearest-name.ts';
import type { LabelMatcher } from '../../../oracle/promql/series.ts';
import { othersHere } from '../../from-elsewhere.ts';
import {
  asList,
  asRecord,
  type Finding,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  servicesIn,
} from '../../manifest-set.ts';
import { oncePerList } from '../../once-per-list.ts';
import { canaryOf } from '../../rollouts/rollout-objects.ts';
import { type PodTemplate, podTemplates, servicesSelecting } from '../../routes/subsets.ts';
import { type MetricRun, metricFindingAt, queryPath } from '../analysis-templates.ts';
import { CANARY_HASH, STABLE_HASH, UNKNOWN_NAMESPACE } from '../analysis-uses.ts';
import type { ParsedQuery } from './analysis-query-rules.ts';
import { selectorsIn } from './synthetic-series.ts';

type Side = 'destination' | 'source';

interface NamingLabel {
  readonly side: Side;
  /** Labels of a pod from which Istio takes the name first; without any it is that of the workload. */
  readonly podLabels: readonly string[];
}

const CANONICAL = ['service.istio.io/canonical-name', 'app.kubernetes.io/name', 'app'];
const NAMING_LABELS: Readonly<Record<string, NamingLabel>> = {
  destination_workload: { side: 'destination', podLabels: [] },
  source_workload: { side: 'source', podLabels: [] },
  destination_canonical_service: { side: 'destination', podLabels: CANONICAL },
  source_canonical_service: { side: 'source', podLabels: CANONICAL },
};
const NAMESPACE_LABELS: Readonly<Record<Side, readonly string[]>> = {
  destination: ['destination_workload_namespace', 'destination_service_namespace'],
  source: ['source_workload_namespace'],
};
/** `shop.team-a.svc.cluster.local`, which names a namespace as well. */
const HOST_LABELS = ['destination_service', 'destination_service_name'];

/** Kinds that run pods under their own name, besides those whose pod template can be read. */
const OTHER_WORKLOADS = new Set(['CronJob']);
/** Everything else may be made into workloads by a controller that only the cluster knows. */
const MAKES_NO_WORKLOAD =
  /^(|apps|batch|autoscaling|policy|rbac\.authorization\.k8s\.io|(networking|gateway\.networking|storage|scheduling)\.k8s\.io|(networking|security|telemetry|extensions|install)\.istio\.io|argoproj\.io|monitoring\.coreos\.com|cert-manager\.io|external-secrets\.io)$/;

/**
 * ANALYSIS_WORKLOAD_UNKNOWN: a selector of Istio's metrics names a workload, or an application by its canonical name, that
 * neither the unit nor the rest of the repository runs. Pods of a Rollout are reported under the Rollout's own name (Istio's
 * injector cuts the pod-template hash off the name of the ReplicaSet, for Deployments always and for Rollouts since 1.22),
 * so a name with a hash finds nothing.
 *
 * Silent about what may be outside: another namespace, a caller of which nothing is said, objects that a controller may make
 * into workloads. An error only where the same selector names a Service of the unit, whose pods are known to be others.
 */
export function workloadFindings(
  set: ManifestSet,
  { metric, expr }: ParsedQuery,
  { use }: MetricRun,
): readonly Finding[] {
  const { owner } = use;
  const seen = new Set<string>();
  return selectorsIn(expr).flatMap(({ name = '', matchers }) => {
    if (!name.startsWith('istio_')) return [];
    return matchers.flatMap((matcher): Finding[] => {
      const { label, operator, value } = matcher;
      const naming = NAMING_LABELS[label];
      const key = `${label} ${value}`;
      if (!naming || !operator.startsWith('=') || matcher.accepts('') || seen.has(key)) return [];
      const isElsewhere = isOfOtherNamespace(matchers, naming.side, owner);
      if (isElsewhere && owner.namespace !== '') return [];
      const known = namesOf(set, owner, naming);
      if (matcher.accepts('unknown') || known.some(matcher.accepts) || isMadeByOthers(set, value)) return [];
      const asked = `${metric.title}: run by ${nameOf(owner)}, the query asks for ${label} ${value}`;
      const at = (severity: Finding['severity'], sentence: string, hint: string): Finding[] => {
        seen.add(key);
        return [
          metricFindingAt(metric, queryPath(metric), {
            ...{ code: 'ANALYSIS_WORKLOAD_UNKNOWN', severity },
            ...{ sentence: `${asked}, ${sentence}, so it is empty for ever`, hint },
          }),
        ];
      };
      const hashed = ownTemplates(set, owner).find((template) => isWithHash(matcher, nameIn(template, naming)));
      if (hashed)
        return at(
          'warning',
          `but Istio reports the pods of ${nameOf(hashed.owner)} as ${nameIn(hashed, naming)}, without a hash`,
          `Ask for ${nameIn(hashed, naming)}; what tells the canary from stable is its Service (destination_service_name) or a version label of its pods.${hashed.owner.kind === 'Rollout' ? ' Istio before 1.22 wrote the name of the ReplicaSet of a Rollout.' : ''}`,
        );
      if (isElsewhere || runsExperiments(owner) || !isOfThisUnit(matchers, naming.side, owner)) return [];
      const names = new Set(ownTemplates(set, owner).map((template) => nameIn(template, naming)));
      const near = nearestName(value, names);
      return at(
        isServiceAsked(set, owner, matchers) ? 'error' : 'warning',
        naming.podLabels.length === 0 ? 'which nothing here runs' : 'which no pods here are called',
        `Known there: ${[...names].join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
      );
    });
  });
}

function isWithHash({ accepts }: LabelMatcher, workload: string): boolean {
  return [CANARY_HASH, STABLE_HASH].some(
    (hash) => accepts(`${workload}-${hash}`) || accepts(`${workload}-${hash}-x7k2p`),
  );
}

/** The selector says itself that it looks elsewhere. */
function isOfOtherNamespace(matchers: readonly LabelMatcher[], side: Side, owner: ManifestObject): boolean {
  const namespace = owner.namespace || UNKNOWN_NAMESPACE;
  return matchers.some(
    ({ label, operator, value, accepts }) =>
      (NAMESPACE_LABELS[side].includes(label) && !accepts(namespace)) ||
      (side === 'destination' &&
        HOST_LABELS.includes(label) &&
        operator.startsWith('=') &&
        namesOther(value, namespace)),
  );
}

function namesOther(host: string, namespace: string): boolean {
  const plain = host.replaceAll('\\', '');
  return /\.[a-z0-9]/.test(plain) && !plain.includes(`.${namespace}`);
}

/** Of callers nothing is known unless the selector says where they are; what is measured is the unit's own. */
function isOfThisUnit(matchers: readonly LabelMatcher[], side: Side, { namespace }: ManifestObject): boolean {
  const isSaid = ({ label, operator, value }: LabelMatcher): boolean =>
    NAMESPACE_LABELS.source.includes(label) && operator === '=' && value === (namespace || UNKNOWN_NAMESPACE);
  return side === 'destination' || matchers.some(isSaid);
}

/** Services that take in pods of the Rollout itself, and no others: then the names of those pods are known. */
function isServiceAsked(set: ManifestSet, owner: ManifestObject, matchers: readonly LabelMatcher[]): boolean {
  const own = podTemplates(set).filter((template) => template.owner === owner);
  const services = new Set(own.flatMap(({ labels }) => servicesSelecting(set, owner.namespace, labels)));
  return matchers.some(({ label, operator, accepts }) => {
    if (!HOST_LABELS.includes(label) || !operator.startsWith('=') || accepts('')) return false;
    const asked = servicesIn(set, owner.namespace).filter(({ name }) =>
      [name, `${name}.${owner.namespace || UNKNOWN_NAMESPACE}.svc.cluster.local`].some(accepts),
    );
    return asked.length > 0 && asked.every((one) => services.has(one));
  });
}

/** What Istio may write there of the pods of the owner's namespace, and of those of other units. */
function namesOf(set: ManifestSet, owner: ManifestObject, naming: NamingLabel): readonly string[] {
  const others = othersHere(set);
  const templates = [...ownTemplates(set, owner), ...podTemplates({ objects: others })];
  return [...templates.map((template) => nameIn(template, naming)), ...otherNames(set.objects), ...otherNames(others)];
}

function ownTemplates(set: ManifestSet, { namespace }: ManifestObject): readonly PodTemplate[] {
  return podTemplates(set).filter((one) => one.namespace === namespace);
}

function nameIn({ owner, labels }: PodTemplate, { podLabels }: NamingLabel): string {
  return podLabels.map((label) => labels[label]).find(Boolean) ?? owner.name;
}

const otherNames = oncePerList((objects: readonly ManifestObject[]) =>
  objects.filter(({ kind }) => OTHER_WORKLOADS.has(kind)).map(({ name }) => name),
);

/** Such as a Service of Knative, or a chart: it is not known which names their workloads get. */
function isMadeByOthers(set: ManifestSet, value: string): boolean {
  return [...makers(set.objects), ...makers(othersHere(set))].some((name) => value.includes(name));
}

const makers = oncePerList((objects: readonly ManifestObject[]) =>
  objects.filter(({ group }) => !MAKES_NO_WORKLOAD.test(group)).map(({ name }) => name),
);

/** ReplicaSets of an experiment carry its name. */
function runsExperiments(owner: ManifestObject): boolean {
  return owner.kind === 'Experiment' || asList(canaryOf(owner)?.steps).some((step) => asRecord(step)?.experiment);
}
