/** Blue and green Rollouts whose preview gets requests of clients: they see a version that nobody has promoted yet. */
import {
  asRecord,
  type Finding,
  findingAt,
  type ManifestObject,
  type ManifestSet,
  nameOf,
  virtualServices,
} from '../manifest-set.ts';
import { groupedBy } from '../once-per-list.ts';
import { effectiveWeight, type Route, routesOf } from '../routes/routes.ts';
import { serviceOfHost } from '../routes/service-hosts.ts';
import { rollouts, textOf } from './rollout-objects.ts';

/** BLUE_GREEN_PREVIEW_ROUTED: only of a route that splits between both; one for the preview alone is for testers. */
export function previewRouteFindings(set: ManifestSet): readonly Finding[] {
  return rollouts(set).flatMap((rollout) => {
    const { activeService, previewService } =
      asRecord(asRecord(asRecord(rollout.value.spec)?.strategy)?.blueGreen) ?? {};
    const [active, preview] = [textOf(activeService), textOf(previewService)];
    if (active === '' || preview === '' || active === preview) return [];
    const leading = byDestination(virtualServices(set)).get(preview) ?? [];
    return leading.flatMap((virtualService) =>
      routesOf(virtualService).flatMap((route): readonly Finding[] => {
        const destinationTo = (service: string) =>
          route.destinations.find(({ host }) => isOf(host, service, virtualService, rollout));
        const [known, fresh] = [destinationTo(active), destinationTo(preview)];
        if (!known || !fresh || effectiveWeight(fresh, route) === 0) return [];
        return [
          findingAt(virtualService, fresh.path, {
            code: 'BLUE_GREEN_PREVIEW_ROUTED',
            severity: 'warning',
            sentence: `${nameOf(virtualService)} sends ${shareOf(fresh, route)} % of requests to ${preview}, the previewService of ${nameOf(rollout)}: clients get a new version before it is promoted, and no split at all afterwards`,
            hint: 'Nobody moves these weights. Route to the activeService alone, or use the canary strategy.',
          }),
        ];
      }),
    );
  });
}

const byDestination = groupedBy((virtualService: ManifestObject) =>
  routesOf(virtualService).flatMap(({ destinations }) => destinations.map(({ host }) => host.split('.')[0]!)),
);

function isOf(host: string, service: string, virtualService: ManifestObject, rollout: ManifestObject): boolean {
  const target = serviceOfHost(host, virtualService.namespace);
  return target?.service === service && (target.namespace === rollout.namespace || target.namespace === '');
}

function shareOf(destination: Route['destinations'][number], route: Route): number {
  const sum = route.destinations.reduce((total, one) => total + effectiveWeight(one, route), 0);
  return Math.round((effectiveWeight(destination, route) / sum) * 100);
}
