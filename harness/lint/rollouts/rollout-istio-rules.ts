/**
 * What a Rollout steers in Istio: the VirtualServices, routes, destinations and subsets that it names must be there
 * (rollout/trafficrouting/istio of Argo Rollouts, ValidateHTTPRoutes).
 */
import type { ValuePath } from '../../documents/yaml-source.ts';
import { asDoubt, meantElsewhere } from '../from-elsewhere.ts';
import {
  asList,
  asRecord,
  destinationRules,
  errorAt,
  type Finding,
  isElsewhere,
  isKindUnknown,
  type ManifestObject,
  type ManifestSet,
  named,
  nameOf,
  virtualServices,
} from '../manifest-set.ts';
import { type Route, routesOf } from '../routes/routes.ts';
import { serviceOfHost } from '../routes/service-hosts.ts';
import { subsetsOfRule } from '../routes/subsets.ts';
import {
  CANARY,
  routedServices,
  type SteeredReference,
  steeredReferences,
  steeredVirtualService,
  textOf,
} from './rollout-objects.ts';

/**
 * ROLLOUT_VIRTUAL_SERVICE_MISSING, ROLLOUT_ROUTE_MISSING, ROLLOUT_DESTINATIONS, ROLLOUT_DESTINATION_RULE_MISSING,
 * ROLLOUT_SUBSET_MISSING.
 */
export function istioFindings(
  set: ManifestSet,
  rollout: ManifestObject,
  canary: Readonly<Record<string, unknown>>,
  istio: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  const path = [...CANARY, 'trafficRouting', 'istio'];
  const rule = asRecord(istio.destinationRule);
  const findings = rule ? ruleFindings(set, rollout, rule, [...path, 'destinationRule']) : [];
  const [first, second] = routedServices(canary);
  const arms = rule
    ? { kind: 'subset' as const, stable: textOf(rule.stableSubsetName), canary: textOf(rule.canarySubsetName) }
    : { kind: 'host' as const, stable: first.name, canary: second.name };
  return [
    ...findings,
    ...steeredReferences(rollout).flatMap((steered) => virtualServiceFindings(set, rollout, steered, arms)),
  ];
}

interface Arms {
  readonly kind: 'subset' | 'host';
  readonly stable: string;
  readonly canary: string;
}

function virtualServiceFindings(
  set: ManifestSet,
  rollout: ManifestObject,
  steered: SteeredReference,
  arms: Arms,
): readonly Finding[] {
  const { path: at, name, namespace } = steered;
  const found = steeredVirtualService(set, steered);
  if (found) return steeredFindings(rollout, steered, found, arms);
  const elsewhere = meantElsewhere(set, { kind: 'VirtualService', name, namespace });
  if (elsewhere) return steeredFindings(rollout, steered, elsewhere, arms).map(asDoubt);
  if (isElsewhere(set, 'VirtualService', name)) return [];
  const known = virtualServices(set).map((one) => one.name);
  return [
    missingAt(set, 'VirtualService', rollout, at, {
      code: 'ROLLOUT_VIRTUAL_SERVICE_MISSING',
      sentence: `${nameOf(rollout)} steers VirtualService ${name}, which does not exist`,
      hint: known.length > 0 ? `There are: ${known.join(', ')}.` : 'There is no VirtualService at all.',
    }),
  ];
}

/** What the Rollout needs of a VirtualService that is there. */
function steeredFindings(
  rollout: ManifestObject,
  steered: SteeredReference,
  found: ManifestObject,
  arms: Arms,
): readonly Finding[] {
  const { reference, path: at } = steered;
  const all = routesOf(found);
  const routes = all.filter(({ protocol }) => protocol === 'http');
  const wanted = asList(reference.routes).filter((route): route is string => typeof route === 'string');
  const missing = wanted.filter((route) => !routes.some((one) => one.name === route));
  // without HTTP routes Argo Rollouts does not look at the names of any
  if (routes.length === 0 && (wanted.length === 0 || all.length > 0))
    return otherProtocolFindings(rollout, steered, found, all, arms);
  if (missing.length > 0 || (wanted.length === 0 && routes.length !== 1)) {
    const names = routes.map((route) => route.name ?? '(no name)').join(', ');
    return [
      errorAt(rollout, at, {
        code: 'ROLLOUT_ROUTE_MISSING',
        sentence:
          missing.length > 0
            ? `${nameOf(rollout)} steers route ${missing.join(', ')} of ${nameOf(found)}, which has no route of that name`
            : `${nameOf(rollout)} names no route of ${nameOf(found)}, which has ${routes.length} HTTP routes`,
        hint: `Its routes: ${names || 'none'}. Argo Rollouts would set no weight.`,
      }),
    ];
  }
  const split = wanted.length === 0 ? routes : routes.filter((route) => wanted.includes(route.name ?? ''));
  return split.flatMap((route) => destinationFindings(rollout, found, route, arms));
}

function missingAt(
  set: ManifestSet,
  kind: string,
  object: ManifestObject,
  path: ValuePath,
  finding: Pick<Finding, 'code' | 'sentence' | 'hint'>,
): Finding {
  const severity = isKindUnknown(set, kind) ? 'warning' : 'error';
  return { ...errorAt(object, path, finding), severity };
}

/**
 * Weights in `spec.tls` or `spec.tcp`: the routes that tlsRoutes and tcpRoutes choose by port or SNI, or the only one
 * (ValidateTlsRoutes, ValidateTcpRoutes).
 */
function otherProtocolFindings(
  rollout: ManifestObject,
  { reference, path }: SteeredReference,
  virtualService: ManifestObject,
  routes: readonly Route[],
  arms: Arms,
): readonly Finding[] {
  const chooses = asList(reference.tlsRoutes).length + asList(reference.tcpRoutes).length > 0;
  if (routes.length === 0 || (!chooses && routes.length !== 1))
    return [
      errorAt(rollout, path, {
        code: 'ROLLOUT_ROUTE_MISSING',
        sentence: `${nameOf(rollout)} names no route of ${nameOf(virtualService)}, which has ${routes.length === 0 ? 'none' : `${routes.length} TLS or TCP routes`}`,
        hint: 'Choose with tlsRoutes or tcpRoutes. Argo Rollouts would set no weight.',
      }),
    ];
  const fitting = routes.filter((route) => destinationFindings(rollout, virtualService, route, arms).length === 0);
  return fitting.length > 0 ? [] : destinationFindings(rollout, virtualService, routes[0]!, arms);
}

/** Exactly the two arms, under the names that the Rollout gives them. */
function destinationFindings(
  rollout: ManifestObject,
  virtualService: ManifestObject,
  route: Route,
  arms: Arms,
): readonly Finding[] {
  const has = (arm: string) =>
    route.destinations.some(({ host, subset }) =>
      arms.kind === 'subset' ? subset === arm : isServiceNamed(host, arm, virtualService, rollout),
    );
  const absent = [arms.stable, arms.canary].filter((arm) => arm !== '' && !has(arm));
  if (absent.length === 0) return [];
  const given = route.destinations.map(({ host, subset }) => subset ?? host).join(', ');
  return [
    errorAt(virtualService, route.path, {
      code: 'ROLLOUT_DESTINATIONS',
      sentence: `route ${route.name ?? '(no name)'} of ${nameOf(virtualService)} has no destination for ${arms.kind} ${absent.join(' and ')} of ${nameOf(rollout)}`,
      hint: `Its destinations: ${given || 'none'}. Argo Rollouts refuses to set weights there.`,
    }),
  ];
}

/**
 * Argo Rollouts compares what stands before the first dot (istio.go, getHost). A full name of
 * another namespace is another Service all the same; where nobody says the namespace, any may be meant.
 */
function isServiceNamed(host: string, arm: string, virtualService: ManifestObject, rollout: ManifestObject): boolean {
  const target = serviceOfHost(host, virtualService.namespace);
  if (target?.service !== arm) return false;
  return target.namespace === rollout.namespace || target.namespace === '' || rollout.namespace === '';
}

function ruleFindings(
  set: ManifestSet,
  rollout: ManifestObject,
  reference: Readonly<Record<string, unknown>>,
  path: ValuePath,
): readonly Finding[] {
  const name = textOf(reference.name);
  const rule = named(set.objects, 'DestinationRule', name).find(
    (one) => one.group === 'networking.istio.io' && one.namespace === rollout.namespace,
  );
  if (!rule && isElsewhere(set, 'DestinationRule', name)) return [];
  if (!rule)
    return [
      missingAt(set, 'DestinationRule', rollout, path, {
        code: 'ROLLOUT_DESTINATION_RULE_MISSING',
        sentence: `${nameOf(rollout)} writes the pod hash into DestinationRule ${name}, which does not exist`,
        hint: `There are: ${
          destinationRules(set)
            .map((one) => one.name)
            .join(', ') || 'none'
        }.`,
      }),
    ];
  const known = subsetsOfRule(set, rule).map((subset) => subset.name);
  return (['stableSubsetName', 'canarySubsetName'] as const)
    .filter((key) => textOf(reference[key]) !== '' && !known.includes(textOf(reference[key])))
    .map((key) =>
      errorAt(rollout, [...path, key], {
        code: 'ROLLOUT_SUBSET_MISSING',
        sentence: `${nameOf(rollout)} names subset ${textOf(reference[key])}, which ${nameOf(rule)} does not define`,
        hint: `Its subsets: ${known.join(', ') || 'none'}.`,
      }),
    );
}
