/**
 * DestinationRules that do not reach the callers they are meant for.
 *
 * A proxy takes the rule for a host from its own namespace, else from that of the Service, else from Istio's root
 * namespace. Rules of one namespace for one host are merged: the older one keeps its traffic policy, and its subsets win.
 * https://istio.io/latest/docs/ops/best-practices/traffic-management/#cross-namespace-configuration
 */
import { formatPosition } from '../../documents/yaml-source.ts';
import {
  asList,
  asRecord,
  destinationRules,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  NOBODY,
  nameOf,
} from '../manifest-set.ts';
import { oncePerList } from '../once-per-list.ts';
import { isExported } from './bindings.ts';
import { fullHost, serviceOfHost } from './service-hosts.ts';

/** Rules there hold for everybody (meshConfig.rootNamespace). */
const ROOT_NAMESPACE = 'istio-system';

/** DESTINATION_RULE_OTHER_NAMESPACE, DESTINATION_RULE_HOST_TWICE. */
export function destinationRuleFindings(set: ManifestSet): readonly Finding[] {
  const rules = destinationRules(set);
  if (rules.length === 0) return [];
  // where rules stand that hold for everybody who asks for a host
  const isStandard = (place: string) =>
    [set.objects, set.others ?? NOBODY].some((objects) => placesOfHosts(objects).has(place));
  const byHost = new Map<string, ManifestObject[]>();
  return rules.flatMap((rule) => {
    const earlier = byHost.get(fullHostOf(rule)) ?? [];
    const found = [...otherNamespace(rule, isStandard), ...earlier.flatMap((one) => sameHost(one, rule))];
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
