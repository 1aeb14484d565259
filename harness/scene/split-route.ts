/** The HTTP route of a VirtualService in the cluster that splits its traffic, found as `readDeclaredSplit` finds it in Git. */
import type { KubeObject } from '../../k8s/client/object.ts';

interface HttpRoute {
  readonly match?: readonly unknown[];
  readonly route?: readonly {
    readonly weight?: number;
    readonly destination?: { readonly subset?: string; readonly host?: string };
  }[];
}

export interface SplitRoute {
  /** Its place in `spec.http`. */
  readonly index: number;
  /** Subset (or host) -> weight, as Istio reads them: a single destination without a weight gets everything. */
  readonly weights: Readonly<Record<string, number>>;
}

/**
 * Of the routes with several destinations, or else of all, the first without a `match`: those with one are for chosen
 * requests, such as those of a tester. Undefined: no HTTP route leads anywhere.
 */
export function splitRouteOf(virtualService: KubeObject): SplitRoute | undefined {
  const http = (virtualService.spec as { http?: readonly HttpRoute[] } | undefined)?.http ?? [];
  const routes = http.flatMap(({ match = [], route = [] }, index) =>
    route.length > 0 ? [{ index, match, route }] : [],
  );
  const splits = routes.filter(({ route }) => route.length > 1);
  const candidates = splits.length > 0 ? splits : routes;
  const chosen = candidates.find(({ match }) => match.length === 0) ?? candidates[0];
  if (!chosen) return undefined;
  const { index, route } = chosen;
  const weights = Object.fromEntries(
    route.map(({ weight, destination }) => [
      destination?.subset ?? destination?.host ?? 'unknown',
      weight ?? (route.length === 1 ? 100 : 0),
    ]),
  );
  return { index, weights };
}

/** Weights of the route that splits. */
export function routeWeights(virtualService: KubeObject): Readonly<Record<string, number>> {
  return splitRouteOf(virtualService)?.weights ?? {};
}
