/**
 * Rollouts whose traffic cannot be steered as they declare: what Argo Rollouts finds out only when a canary is running
 * (rollout/trafficrouting/istio, ValidateHTTPRoutes).
 */
import { formatPosition, type ValuePath } from '../profile/yaml-source.ts';
import { analysisTemplates } from './analysis-templates.ts';
import {
  asList,
  asRecord,
  destinationRules,
  type Finding,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  services,
  virtualServices,
} from './manifest-set.ts';
import { type Route, routesOf } from './routes.ts';
import { fullHost } from './service-hosts.ts';
import { subsetsOf } from './subsets.ts';

const CANARY: ValuePath = ['spec', 'strategy', 'canary'];

export function rollouts(set: ManifestSet): readonly ManifestObject[] {
  return set.objects.filter(({ group, kind }) => group === 'argoproj.io' && kind === 'Rollout');
}

export function canaryOf(rollout: ManifestObject): Readonly<Record<string, unknown>> | undefined {
  return asRecord(asRecord(asRecord(rollout.value.spec)?.strategy)?.canary);
}

/**
 * ROLLOUT_WITHOUT_TRAFFIC_ROUTING, ROLLOUT_VIRTUAL_SERVICE_MISSING, ROLLOUT_ROUTE_MISSING, ROLLOUT_DESTINATION_RULE_MISSING,
 * ROLLOUT_SUBSET_MISSING, ROLLOUT_DESTINATIONS, ROLLOUT_SERVICE_MISSING, ROLLOUT_TEMPLATE_MISSING.
 */
export function rolloutFindings(set: ManifestSet): readonly Finding[] {
  return rollouts(set).flatMap((rollout) => {
    const canary = canaryOf(rollout);
    if (!canary) return [];
    return [...routingFindings(set, rollout, canary), ...templateFindings(set, rollout, canary)];
  });
}

function routingFindings(
  set: ManifestSet,
  rollout: ManifestObject,
  canary: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  const weights = asList(canary.steps).flatMap((step) => {
    const weight = asRecord(step)?.setWeight;
    return typeof weight === 'number' ? [weight] : [];
  });
  const routing = asRecord(canary.trafficRouting);
  if (!routing) {
    if (weights.length === 0) return [];
    const replicas = asRecord(rollout.value.spec)?.replicas;
    const count = typeof replicas === 'number' ? replicas : 1;
    return [
      error(rollout, CANARY, {
        code: 'ROLLOUT_WITHOUT_TRAFFIC_ROUTING',
        sentence: `${nameOf(rollout)} sets weights (${weights.join(', ')}) but has no trafficRouting, so requests are split by the number of pods`,
        hint: `With ${count} replica${count === 1 ? '' : 's'} only multiples of 1/${count} can happen, and no proxy is told a weight. Add spec.strategy.canary.trafficRouting.istio.`,
      }),
    ];
  }
  const istio = asRecord(routing.istio);
  if (!istio) return [];
  return [...serviceFindings(set, rollout, canary), ...istioFindings(set, rollout, canary, istio)];
}

function istioFindings(
  set: ManifestSet,
  rollout: ManifestObject,
  canary: Readonly<Record<string, unknown>>,
  istio: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  const path = [...CANARY, 'trafficRouting', 'istio'];
  const rule = asRecord(istio.destinationRule);
  const findings = rule ? ruleFindings(set, rollout, rule, [...path, 'destinationRule']) : [];
  const single = asRecord(istio.virtualService);
  const all = [
    ...(single ? [{ reference: single, path: [...path, 'virtualService'] }] : []),
    ...asList(istio.virtualServices).flatMap((entry, index) => {
      const reference = asRecord(entry);
      return reference ? [{ reference, path: [...path, 'virtualServices', index] }] : [];
    }),
  ];
  const arms = rule
    ? { kind: 'subset' as const, stable: textOf(rule.stableSubsetName), canary: textOf(rule.canarySubsetName) }
    : { kind: 'host' as const, stable: textOf(canary.stableService), canary: textOf(canary.canaryService) };
  return [
    ...findings,
    ...all.flatMap(({ reference, path: at }) => virtualServiceFindings(set, rollout, { reference, at, arms })),
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
  { reference, at, arms }: { reference: Readonly<Record<string, unknown>>; at: ValuePath; arms: Arms },
): readonly Finding[] {
  const [name = '', namespace = rollout.namespace] = textOf(reference.name).split('.');
  const found = virtualServices(set).find((one) => one.name === name && one.namespace === namespace);
  if (!found) {
    const known = virtualServices(set).map((one) => one.name);
    return [
      error(rollout, at, {
        code: 'ROLLOUT_VIRTUAL_SERVICE_MISSING',
        sentence: `${nameOf(rollout)} steers VirtualService ${name}, which does not exist`,
        hint: known.length > 0 ? `There are: ${known.join(', ')}.` : 'There is no VirtualService at all.',
      }),
    ];
  }
  const routes = routesOf(found).filter(({ protocol }) => protocol === 'http');
  const wanted = asList(reference.routes).filter((route): route is string => typeof route === 'string');
  const missing = wanted.filter((route) => !routes.some((one) => one.name === route));
  if (missing.length > 0 || (wanted.length === 0 && routes.length !== 1)) {
    const names = routes.map((route) => route.name ?? '(no name)').join(', ');
    return [
      error(rollout, at, {
        code: 'ROLLOUT_ROUTE_MISSING',
        sentence:
          missing.length > 0
            ? `${nameOf(rollout)} steers route ${missing.join(', ')} of ${nameOf(found)}, which has no route of that name`
            : `${nameOf(rollout)} names no route of ${nameOf(found)}, which has ${routes.length} HTTP routes`,
        hint: `Its routes: ${names || 'none'}. Argo Rollouts would set no weight.`,
      }),
    ];
  }
  const steered = wanted.length === 0 ? routes : routes.filter((route) => wanted.includes(route.name ?? ''));
  return steered.flatMap((route) => destinationFindings(rollout, found, route, arms));
}

/** Exactly the two arms, under the names that the Rollout gives them. */
function destinationFindings(
  rollout: ManifestObject,
  virtualService: ManifestObject,
  route: Route,
  arms: Arms,
): readonly Finding[] {
  const nameOfHost = (host: string) => fullHost(host, virtualService.namespace);
  const has = (arm: string) =>
    route.destinations.some(({ host, subset }) =>
      arms.kind === 'subset' ? subset === arm : nameOfHost(host) === fullHost(arm, rollout.namespace),
    );
  const absent = [arms.stable, arms.canary].filter((arm) => arm !== '' && !has(arm));
  if (absent.length === 0) return [];
  const given = route.destinations.map(({ host, subset }) => subset ?? host).join(', ');
  return [
    {
      ...error(virtualService, route.path, {
        code: 'ROLLOUT_DESTINATIONS',
        sentence: `route ${route.name ?? '(no name)'} of ${nameOf(virtualService)} has no destination for ${arms.kind} ${absent.join(' and ')} of ${nameOf(rollout)}`,
        hint: `Its destinations: ${given || 'none'}. Argo Rollouts refuses to set weights there.`,
      }),
    },
  ];
}

function ruleFindings(
  set: ManifestSet,
  rollout: ManifestObject,
  reference: Readonly<Record<string, unknown>>,
  path: ValuePath,
): readonly Finding[] {
  const name = textOf(reference.name);
  const rule = destinationRules(set).find((one) => one.name === name && one.namespace === rollout.namespace);
  if (!rule)
    return [
      error(rollout, path, {
        code: 'ROLLOUT_DESTINATION_RULE_MISSING',
        sentence: `${nameOf(rollout)} writes the pod hash into DestinationRule ${name}, which does not exist`,
        hint: `There are: ${
          destinationRules(set)
            .map((one) => one.name)
            .join(', ') || 'none'
        }.`,
      }),
    ];
  const known = subsetsOf(set)
    .filter((subset) => subset.rule === rule)
    .map((subset) => subset.name);
  return (['stableSubsetName', 'canarySubsetName'] as const)
    .filter((key) => textOf(reference[key]) !== '' && !known.includes(textOf(reference[key])))
    .map((key) =>
      error(rollout, [...path, key], {
        code: 'ROLLOUT_SUBSET_MISSING',
        sentence: `${nameOf(rollout)} names subset ${textOf(reference[key])}, which ${nameOf(rule)} does not define`,
        hint: `Its subsets: ${known.join(', ') || 'none'}.`,
      }),
    );
}

/** Judged only where the set holds Services of that namespace. */
function serviceFindings(
  set: ManifestSet,
  rollout: ManifestObject,
  canary: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  const known = services(set)
    .filter(({ namespace }) => namespace === rollout.namespace)
    .map(({ name }) => name);
  if (known.length === 0) return [];
  return ['stableService', 'canaryService']
    .filter((key) => textOf(canary[key]) !== '' && !known.includes(textOf(canary[key])))
    .map((key) =>
      error(rollout, [...CANARY, key], {
        code: 'ROLLOUT_SERVICE_MISSING',
        sentence: `${nameOf(rollout)} has the ${key} ${textOf(canary[key])}, which does not exist`,
        hint: `Services there: ${known.join(', ')}.`,
      }),
    );
}

function templateFindings(
  set: ManifestSet,
  rollout: ManifestObject,
  canary: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  const places = [
    { analysis: asRecord(canary.analysis), path: [...CANARY, 'analysis'] },
    ...asList(canary.steps).map((step, index) => ({
      analysis: asRecord(asRecord(step)?.analysis),
      path: [...CANARY, 'steps', index, 'analysis'],
    })),
  ];
  const templates = analysisTemplates(set);
  const reported = new Set<string>();
  return places.flatMap(({ analysis, path }) =>
    asList(analysis?.templates).flatMap((entry, index): Finding[] => {
      const { templateName, clusterScope } = asRecord(entry) ?? {};
      const name = textOf(templateName);
      const kind = clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
      const exists = templates.some(
        (one) =>
          one.kind === kind && one.name === name && (clusterScope === true || one.namespace === rollout.namespace),
      );
      if (exists || name === '' || reported.has(name)) return [];
      reported.add(name);
      return [
        error(rollout, [...path, 'templates', index], {
          code: 'ROLLOUT_TEMPLATE_MISSING',
          sentence: `${nameOf(rollout)} is analysed by ${kind} ${name}, which does not exist`,
          hint: 'The Rollout would be Degraded with InvalidSpec, and nothing would be released.',
        }),
      ];
    }),
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function error(object: ManifestObject, path: ValuePath, finding: Pick<Finding, 'code' | 'sentence' | 'hint'>): Finding {
  return { ...finding, layer: 'manifest', severity: 'error', where: formatPosition(object.positionOf(path)) };
}
