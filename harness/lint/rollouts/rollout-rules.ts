/**
 * Rollouts that cannot do what they declare: what Argo Rollouts finds out only when a canary is running.
 */

import { analysisTemplates } from '../analysis/analysis-templates.ts';
import {
  asLabels,
  asList,
  asRecord,
  errorAt,
  type Finding,
  findingAt,
  isElsewhere,
  isKindUnknown,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  services,
  virtualServices,
} from '../manifest-set.ts';
import { routesOf } from '../routes/routes.ts';
import { serviceOfHost } from '../routes/service-hosts.ts';
import { podTemplates, selects } from '../routes/subsets.ts';
import { previewRouteFindings } from './preview-routes.ts';
import { refusedRollouts } from './refused-rollouts.ts';
import { istioFindings } from './rollout-istio-rules.ts';
import { CANARY, canaryOf, rollouts, routedServices, textOf } from './rollout-objects.ts';
import { serviceSelectorFindings } from './service-selectors.ts';

/**
 * ROLLOUT_WITHOUT_TRAFFIC_ROUTING, ROLLOUT_WITHOUT_STEPS, ROLLOUT_SERVICE_MISSING, ROLLOUT_TEMPLATE_MISSING,
 * ROLLOUT_REFUSED, ROLLOUT_SERVICE_SELECTOR, BLUE_GREEN_PREVIEW_ROUTED, and those of rollout-istio-rules.ts.
 */
export function rolloutFindings(set: ManifestSet): readonly Finding[] {
  const ofCanaries = rollouts(set).flatMap((rollout) => {
    const canary = canaryOf(rollout);
    if (!canary) return [];
    return [...routingFindings(set, rollout, canary), ...templateFindings(set, rollout, canary)];
  });
  return [...ofCanaries, ...refusedRollouts(set), ...serviceSelectorFindings(set), ...previewRouteFindings(set)];
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
    // all or nothing is what pods can do as well
    if (weights.every((weight) => weight <= 0 || weight >= 100)) return [];
    return [unroutedFinding(set, rollout, weights)];
  }
  const stepless = asList(canary.steps).length === 0 ? [steplessFinding(rollout)] : [];
  const istio = asRecord(routing.istio);
  if (!istio) return stepless;
  return [...stepless, ...serviceFindings(set, rollout, canary), ...istioFindings(set, rollout, canary, istio)];
}

/** Without steps the router is told 100 as soon as the pods are ready (rollout/trafficrouting.go of Argo Rollouts 1.9). */
function steplessFinding(rollout: ManifestObject): Finding {
  return findingAt(rollout, [...CANARY, 'trafficRouting'], {
    code: 'ROLLOUT_WITHOUT_STEPS',
    severity: 'warning',
    sentence: `${nameOf(rollout)} has trafficRouting but no steps, so a new version gets all requests as soon as its pods are ready`,
    hint: 'Add steps, such as { setWeight: 10 } and { pause: { duration: 5m } }. An empty or repeated key `steps` counts as none.',
  });
}

/** A canary by pod count is a choice; weights in a VirtualService that nobody moves are a mistake. */
function unroutedFinding(set: ManifestSet, rollout: ManifestObject, weights: readonly number[]): Finding {
  const replicas = asRecord(rollout.value.spec)?.replicas;
  const count = typeof replicas === 'number' ? replicas : 1;
  const unmoved = unmovedSplit(set, rollout);
  const finding = errorAt(rollout, CANARY, {
    code: 'ROLLOUT_WITHOUT_TRAFFIC_ROUTING',
    sentence: `${nameOf(rollout)} sets weights (${weights.join(', ')}) but has no trafficRouting, so requests are split by the number of pods${unmoved ? `, and nothing moves the weights of ${nameOf(unmoved)}` : ''}`,
    hint: `With ${count} replica${count === 1 ? '' : 's'} only multiples of 1/${count} can happen, and no proxy is told a weight. Add spec.strategy.canary.trafficRouting.istio.`,
  });
  return unmoved ? finding : { ...finding, severity: 'warning' };
}

/** A VirtualService that splits traffic between Services which both select the pods of the Rollout. */
function unmovedSplit(set: ManifestSet, rollout: ManifestObject): ManifestObject | undefined {
  const own = podTemplates(set).find(({ owner }) => owner === rollout);
  const selecting = services(set).filter(
    ({ namespace, value }) =>
      own !== undefined && namespace === rollout.namespace && selects(asLabels(asRecord(value.spec)?.selector), own),
  );
  return virtualServices(set).find((virtualService) =>
    routesOf(virtualService).some(({ destinations }) => {
      const hosts = destinations.map(({ host }) => serviceOfHost(host, virtualService.namespace)?.service);
      return hosts.length > 1 && hosts.every((host) => selecting.some(({ name }) => name === host));
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
  return routedServices(canary)
    .filter(({ name }) => name !== '' && !known.includes(name) && !isElsewhere(set, 'Service', name))
    .map(({ key, name, path }) =>
      errorAt(rollout, path, {
        code: 'ROLLOUT_SERVICE_MISSING',
        sentence: `${nameOf(rollout)} has the ${key} ${name}, which does not exist`,
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
      if (exists || name === '' || reported.has(name) || isElsewhere(set, kind, name)) return [];
      reported.add(name);
      const finding = errorAt(rollout, [...path, 'templates', index], {
        code: 'ROLLOUT_TEMPLATE_MISSING',
        sentence: `${nameOf(rollout)} is analysed by ${kind} ${name}, which does not exist`,
        hint: 'The Rollout would be Degraded with InvalidSpec, and nothing would be released.',
      });
      // those of the whole cluster usually come from another repository
      return [clusterScope === true || isKindUnknown(set, kind) ? { ...finding, severity: 'warning' } : finding];
    }),
  );
}
