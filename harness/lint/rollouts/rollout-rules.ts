/**
 * Rollouts that cannot do what they declare: what Argo Rollouts finds out only when a canary is running.
 */

import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  findingAt,
  isElsewhere,
  isKindUnknown,
  isServiceIn,
  type ManifestObject,
  type ManifestSet,
  named,
  nameOf,
  servicesIn,
  virtualServices,
} from '../manifest-set.ts';
import { groupedBy, oncePerList } from '../once-per-list.ts';
import { routesOf } from '../routes/routes.ts';
import { serviceOfHost } from '../routes/service-hosts.ts';
import { type PodTemplate, podTemplates, servicesSelecting } from '../routes/subsets.ts';
import { besideFindings } from './beside-rollouts.ts';
import { movingLabelFindings } from './moving-labels.ts';
import { previewRouteFindings } from './preview-routes.ts';
import { refusedRollouts } from './refused-rollouts.ts';
import { istioFindings } from './rollout-istio-rules.ts';
import { CANARY, canaryOf, rollouts, routedServices, textOf } from './rollout-objects.ts';
import { serviceSelectorFindings } from './service-selectors.ts';

/**
 * ROLLOUT_WITHOUT_TRAFFIC_ROUTING, ROLLOUT_WITHOUT_STEPS, ROLLOUT_SERVICE_MISSING, ROLLOUT_TEMPLATE_MISSING,
 * ROLLOUT_REFUSED, ROLLOUT_SERVICE_SELECTOR, ROLLOUT_ARM_LABEL_MOVES, BLUE_GREEN_PREVIEW_ROUTED, ROLLOUT_BESIDE_WORKLOAD, and
 * those of rollout-istio-rules.ts.
 */
export function rolloutFindings(set: ManifestSet): readonly Finding[] {
  const ofCanaries = rollouts(set).flatMap((rollout) => {
    const canary = canaryOf(rollout);
    if (!canary) return [];
    return [...routingFindings(set, rollout, canary), ...templateFindings(set, rollout, canary)];
  });
  return [
    ...ofCanaries,
    ...refusedRollouts(set),
    ...serviceSelectorFindings(set),
    ...movingLabelFindings(set),
    ...previewRouteFindings(set),
    ...besideFindings(set),
  ];
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
  const own = podsByOwner(podTemplates(set)).get(rollout);
  const selecting = own === undefined ? [] : servicesSelecting(set, rollout.namespace, own.labels);
  const names = new Set(selecting.map(({ name }) => name));
  const candidates = new Set([...names].flatMap((name) => splitsByService(set.objects).get(name) ?? []));
  const fitting = [...candidates].filter(({ services: hosts }) => hosts.every((host) => names.has(host ?? '')));
  return fitting.toSorted((a, b) => a.index - b.index)[0]?.virtualService;
}

const podsByOwner = oncePerList(
  (templates: readonly PodTemplate[]) => new Map(templates.map((one) => [one.owner, one] as const).toReversed()),
);

/** Routes of VirtualServices that split, by each Service between whose pods they do. */
const splitsByService = oncePerList((objects: readonly ManifestObject[]) => {
  const splits = virtualServices({ objects }).flatMap((virtualService, index) =>
    routesOf(virtualService).flatMap(({ destinations }) => {
      const hosts = destinations.map(({ host }) => serviceOfHost(host, virtualService.namespace)?.service);
      return hosts.length > 1 ? [{ virtualService, index, services: hosts }] : [];
    }),
  );
  return byServices(splits);
});

interface Split {
  readonly virtualService: ManifestObject;
  readonly index: number;
  readonly services: readonly (string | undefined)[];
}

const byServices = groupedBy(({ services: hosts }: Split) => hosts.filter((host) => host !== undefined));

/** Judged only where the set holds Services of that namespace. */
function serviceFindings(
  set: ManifestSet,
  rollout: ManifestObject,
  canary: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  const { namespace } = rollout;
  const known = servicesIn(set, namespace);
  if (known.length === 0) return [];
  const isThere = (name: string) => isServiceIn(set, { service: name, namespace });
  return routedServices(canary)
    .filter(({ name }) => name !== '' && !isThere(name) && !isElsewhere(set, 'Service', name))
    .map(({ key, name, path }) =>
      errorAt(rollout, path, {
        code: 'ROLLOUT_SERVICE_MISSING',
        sentence: `${nameOf(rollout)} has the ${key} ${name}, which does not exist`,
        hint: `Services there: ${known.map(({ name }) => name).join(', ')}.`,
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
  const reported = new Set<string>();
  return places.flatMap(({ analysis, path }) =>
    asList(analysis?.templates).flatMap((entry, index): Finding[] => {
      const { templateName, clusterScope } = asRecord(entry) ?? {};
      const name = textOf(templateName);
      const kind = clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
      const exists = named(set.objects, kind, name).some(
        ({ group, namespace }) => group === 'argoproj.io' && (clusterScope === true || namespace === rollout.namespace),
      );
      if (exists || name === '' || reported.has(name) || isElsewhere(set, kind, name)) return [];
      reported.add(name);
      const finding = errorAt(rollout, [...path, 'templates', index], {
        code: 'ROLLOUT_TEMPLATE_MISSING',
        sentence: `${nameOf(rollout)} is analysed by ${kind} ${name}, which does not exist`,
        hint: `The Rollout would be Degraded with InvalidSpec, and nothing would be released.${otherScope(set, kind, name)}`,
      });
      // those of the whole cluster usually come from another repository
      return [clusterScope === true || isKindUnknown(set, kind) ? { ...finding, severity: 'warning' } : finding];
    }),
  );
}

function otherScope(set: ManifestSet, kind: string, name: string): string {
  const [other, means] =
    kind === 'AnalysisTemplate'
      ? ['ClusterAnalysisTemplate', 'set clusterScope: true']
      : ['AnalysisTemplate', 'leave clusterScope out'];
  const isThere = named(set.objects, other, name).length > 0 || isElsewhere(set, other, name);
  return isThere ? ` There is ${other} ${name}: to run it, ${means}.` : '';
}
