/**
 * DestinationRules that do not reach the callers they are meant for.
 *
 * A proxy takes the rule for a host from its own namespace, else from that of the Service, else from Istio's root
 * namespace. Rules of one namespace for one host are merged: the older one keeps its traffic policy, and its subsets win.
 * https://istio.io/latest/docs/ops/best-practices/traffic-management/#cross-namespace-configuration
 */
import { formatPosition } from '../../profile/yaml-source.ts';
import {
  asList,
  asRecord,
  destinationRules,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
} from '../manifest-set.ts';
import { fullHost, serviceOfHost } from '../service-hosts.ts';
import { subsetsOf } from '../subsets.ts';
import { isExported } from './bindings.ts';

/** Rules there hold for everybody (meshConfig.rootNamespace). */
const ROOT_NAMESPACE = 'istio-system';

/** DESTINATION_RULE_OTHER_NAMESPACE, DESTINATION_RULE_HOST_TWICE. */
export function destinationRuleFindings(set: ManifestSet): readonly Finding[] {
  const rules = destinationRules(set);
  return [
    ...rules.flatMap((rule) => otherNamespace(set, rule)),
    ...rules.flatMap((later, index) => rules.slice(0, index).flatMap((earlier) => sameHost(set, earlier, later))),
  ];
}

function otherNamespace(set: ManifestSet, rule: ManifestObject): readonly Finding[] {
  const host = hostOf(rule);
  const target = serviceOfHost(host, rule.namespace);
  const subsets = namesOf(set, rule);
  if (!target || rule.namespace === '' || subsets.length === 0) return [];
  if (target.namespace === rule.namespace || rule.namespace === ROOT_NAMESPACE) return [];
  // the usual rule stands where the Service is, and this one is for callers of its own namespace
  const beside = destinationRules({ ...set, objects: [...set.objects, ...(set.others ?? [])] }).some(
    (one) => one.namespace === target.namespace && fullHost(hostOf(one), one.namespace) === fullHost(host, ''),
  );
  if (beside) return [];
  return [
    findingAt(rule, ['spec', 'host'], {
      code: 'DESTINATION_RULE_OTHER_NAMESPACE',
      severity: 'warning',
      sentence: `${nameOf(rule)} defines ${subsets.join(', ')} of ${host}, a Service of ${target.namespace}: only callers in ${rule.namespace} see these subsets`,
      hint: `Anybody else who is routed to them, gateways included, gets 503. Put the rule into namespace ${target.namespace}.`,
    }),
  ];
}

function sameHost(set: ManifestSet, earlier: ManifestObject, later: ManifestObject): readonly Finding[] {
  const isSame = fullHost(hostOf(earlier), earlier.namespace) === fullHost(hostOf(later), later.namespace);
  const selects = [earlier, later].some(({ value }) => asRecord(value.spec)?.workloadSelector !== undefined);
  if (!isSame || selects || hostOf(later) === '' || earlier.name === later.name) return [];
  const where = `The other one is at ${formatPosition(earlier.positionOf([]))}.`;
  if (earlier.namespace !== later.namespace)
    return isExported(earlier) && isExported(later) && namesOf(set, earlier).length + namesOf(set, later).length > 0
      ? [
          findingAt(later, ['spec', 'host'], {
            code: 'DESTINATION_RULE_HOST_TWICE',
            severity: 'warning',
            sentence: `${nameOf(later)} and ${nameOf(earlier)} are both for ${hostOf(later)}: each caller gets one of them, and the subsets of the other one are lost to it`,
            hint: `${where} Rules of different namespaces are not merged.`,
          }),
        ]
      : [];
  const twice = namesOf(set, later).filter((name) => namesOf(set, earlier).includes(name));
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

function namesOf(set: ManifestSet, rule: ManifestObject): readonly string[] {
  return subsetsOf(set)
    .filter((subset) => subset.rule === rule)
    .map(({ name }) => name);
}

function subsetText({ value }: ManifestObject, name: string): string {
  return JSON.stringify(asList(asRecord(value.spec)?.subsets).find((entry) => asRecord(entry)?.name === name));
}
