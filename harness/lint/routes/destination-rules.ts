/**
 * DestinationRules that do not reach the callers they are meant for.
 *
 * A proxy takes the rule for a host from its own namespace, else from that of the Service, else from Istio's root
 * namespace. Rules of one namespace for one host are merged: the older one keeps its traffic policy, and its subsets win.
 * https://istio.io/latest/docs/ops/best-practices/traffic-management/#cross-namespace-configuration
 */
import { formatPosition } from '../../documents/yaml-source.ts';
import {
  asLabels,
  asList,
  asRecord,
  destinationRules,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  nameOf,
  ofKind,
  virtualServices,
} from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { gatewaysOf, isExported } from './bindings.ts';
import { type Route, routesOf } from './routes.ts';
import { fullHost, serviceOfHost } from './service-hosts.ts';
import { podsWith } from './subsets.ts';

/** Rules there hold for everybody (meshConfig.rootNamespace). */
const ROOT_NAMESPACE = 'istio-system';

/** DESTINATION_RULE_OTHER_NAMESPACE, DESTINATION_RULE_HOST_TWICE, DESTINATION_RULE_FOR_SOME_CALLERS. */
export function destinationRuleFindings(set: ManifestSet): readonly Finding[] {
  const rules = destinationRules(set);
  if (rules.length === 0) return [];
  // where rules stand that hold for everybody who asks for a host
  const isStandard = (place: string) =>
    [set.objects, set.others ?? NOBODY].some((objects) => placesOfHosts(objects).has(place));
  const byHost = new Map<string, ManifestObject[]>();
  return rules.flatMap((rule) => {
    const earlier = byHost.get(fullHostOf(rule)) ?? [];
    const found = [
      ...otherNamespace(rule, isStandard),
      ...someCallers(set, rule),
      ...earlier.flatMap((one) => sameHost(one, rule)),
    ];
    earlier.push(rule);
    byHost.set(fullHostOf(rule), earlier);
    return found;
  });
}

const placesOfHosts = oncePerList(
  (objects: readonly ManifestObject[]) =>
    new Set(destinationRules({ objects }).map((rule) => `${rule.namespace} ${fullHostOf(rule)}`)),
);

function otherNamespace(rule: ManifestObject, isStandard: (place: string) => boolean): readonly Finding[] {
  const host = hostOf(rule);
  const target = serviceOfHost(host, rule.namespace);
  const subsets = namesOf(rule);
  if (!target || rule.namespace === '' || subsets.length === 0) return [];
  if (target.namespace === rule.namespace || rule.namespace === ROOT_NAMESPACE) return [];
  // the usual rule stands where the Service is, and this one is for callers of its own namespace
  if (isStandard(`${target.namespace} ${fullHostOf(rule)}`)) return [];
  return [
    findingAt(rule, ['spec', 'host'], {
      code: 'DESTINATION_RULE_OTHER_NAMESPACE',
      severity: 'warning',
      sentence: `${nameOf(rule)} defines ${subsets.join(', ')} of ${host}, a Service of ${target.namespace}: only callers in ${rule.namespace} see these subsets`,
      hint: `Anybody else who is routed to them, gateways included, gets 503. Put the rule into namespace ${target.namespace}.`,
    }),
  ];
}

/** `workloadSelector` is of pods that call, not of those that answer; others in the mesh know nothing of the subsets. */
function someCallers(set: ManifestSet, rule: ManifestObject): readonly Finding[] {
  const callers = callersOf(rule);
  if (callers.length === 0) return [];
  const forAll = [...set.objects, ...(set.others ?? NOBODY)].filter(
    (one) => one.kind === 'DestinationRule' && callersOf(one).length === 0 && fullHostOf(one) === fullHostOf(rule),
  );
  const own = namesOf(rule).filter((name) => !forAll.some((one) => namesOf(one).includes(name)));
  const routed = virtualServices(set)
    .filter((one) => gatewaysOf(one).includes('mesh') || isOfAnswering(set, rule))
    .flatMap((one) =>
      routesOf(one)
        .filter((route) => !isOfSources(one, route))
        .map((route) => ({ one, route })),
    )
    .find(({ one, route }) =>
      route.destinations.some(
        ({ host, subset = '' }) => own.includes(subset) && fullHost(host, one.namespace) === fullHostOf(rule),
      ),
    );
  if (!routed) return [];
  return [
    findingAt(rule, ['spec', 'workloadSelector'], {
      code: 'DESTINATION_RULE_FOR_SOME_CALLERS',
      severity: 'warning',
      sentence: `${nameOf(rule)} defines ${own.join(', ')} for callers with ${callers.join(', ')} alone, and ${nameOf(routed.one)} routes everybody there`,
      hint: 'workloadSelector is about the pods that call, not those that answer: whoever else is routed to these subsets gets 503. Leave it out.',
    }),
  ];
}

/** Pods of the set that are no gateways: a gateway calls none of the subsets by such a rule. */
function isOfAnswering(set: ManifestSet, rule: ManifestObject): boolean {
  const callers = callersOf(rule);
  const isOfGateway = ofKind(set.objects, 'networking.istio.io', 'Gateway').some(({ value }) => {
    const selector = asLabels(asRecord(value.spec)?.selector);
    return Object.entries(selector).some(([key, own]) => callers.includes(`${key}=${own}`));
  });
  return !isOfGateway && podsWith(set, labelsOfCallers(rule)).some(({ namespace }) => namespace === rule.namespace);
}

function callersOf(rule: ManifestObject): readonly string[] {
  return Object.entries(labelsOfCallers(rule)).map(([key, own]) => `${key}=${own}`);
}

function labelsOfCallers({ value }: ManifestObject): Readonly<Record<string, string>> {
  return asLabels(asRecord(asRecord(value.spec)?.workloadSelector)?.matchLabels);
}

/** Routes that ask for labels of their callers say themselves whom they are for. */
function isOfSources({ value }: ManifestObject, { path }: Route): boolean {
  const [, protocol, index] = path;
  const route = asRecord(asList(asRecord(value.spec)?.[String(protocol)])[Number(index)]);
  const matches = asList(route?.match);
  return matches.length > 0 && matches.every((match) => asRecord(match)?.sourceLabels !== undefined);
}

function sameHost(earlier: ManifestObject, later: ManifestObject): readonly Finding[] {
  const selects = [earlier, later].some(({ value }) => asRecord(value.spec)?.workloadSelector !== undefined);
  if (selects || hostOf(later) === '' || earlier.name === later.name) return [];
  const where = `The other one is at ${formatPosition(earlier.positionOf([]))}.`;
  if (earlier.namespace !== later.namespace)
    return isExported(earlier) && isExported(later) && namesOf(earlier).length + namesOf(later).length > 0
      ? [
          findingAt(later, ['spec', 'host'], {
            code: 'DESTINATION_RULE_HOST_TWICE',
            severity: 'warning',
            sentence: `${nameOf(later)} and ${nameOf(earlier)} are both for ${hostOf(later)}: each caller gets one of them, and the subsets of the other one are lost to it`,
            hint: `${where} Rules of different namespaces are not merged.`,
          }),
        ]
      : [];
  const twice = namesOf(later).filter((name) => namesOf(earlier).includes(name));
  const different = twice.filter((name) => subsetText(earlier, name) !== subsetText(later, name));
  const policies = [earlier, later].every(({ value }) => asRecord(value.spec)?.trafficPolicy !== undefined);
  if (different.length === 0 && !policies) return [];
  return [
    findingAt(later, ['spec', 'host'], {
      code: 'DESTINATION_RULE_HOST_TWICE',
      severity: 'warning',
      sentence: `${nameOf(later)} and ${nameOf(earlier)} are both for ${hostOf(later)} and are merged: ${different.length > 0 ? `subset ${different.join(', ')}` : 'the trafficPolicy'} of the newer object is lost`,
      hint: `${where} Put all subsets of a host into one DestinationRule.`,
    }),
  ];
}

function hostOf({ value }: ManifestObject): string {
  const host = asRecord(value.spec)?.host;
  return typeof host === 'string' ? host : '';
}

function fullHostOf(rule: ManifestObject): string {
  return fullHost(hostOf(rule), rule.namespace);
}

function namesOf({ value }: ManifestObject): readonly string[] {
  return asList(asRecord(value.spec)?.subsets).flatMap((entry) => {
    const name = asRecord(entry)?.name;
    return typeof name === 'string' ? [name] : [];
  });
}

function subsetText({ value }: ManifestObject, name: string): string {
  return JSON.stringify(asList(asRecord(value.spec)?.subsets).find((entry) => asRecord(entry)?.name === name));
}
