/** A query of Istio's metrics, narrowed to the requests for one Service: then clients know what it must say. */
import { childrenOf, type PromExpr, type SelectorExpr } from '../../../oracle/promql/promql-tree.ts';
import { ISTIO_DURATION, ISTIO_REQUESTS, metricName } from './metric-reading.ts';

export interface MeshService {
  /** Names that the mesh counts it under. */
  readonly names: readonly string[];
  readonly namespace: string;
  /** How many requests to it one request of the clients makes. */
  readonly perRequest: number;
  /** Clients ask it themselves, and see the status that is counted. */
  readonly isAsked: boolean;
}

export function selectorsIn(expr: PromExpr): readonly SelectorExpr[] {
  return expr.kind === 'selector' ? [expr] : childrenOf(expr).flatMap(selectorsIn);
}

export function isOfIstio(selector: SelectorExpr): boolean {
  const name = metricName(selector);
  return (
    name === ISTIO_REQUESTS ||
    [`${ISTIO_DURATION}_bucket`, `${ISTIO_DURATION}_sum`, `${ISTIO_DURATION}_count`].includes(name)
  );
}

/** Labels that say whom a request was for, and what they hold for a Service. */
function destinationLabels({ names, namespace }: MeshService): Readonly<Record<string, readonly string[]>> {
  return {
    destination_service_name: names,
    destination_service_namespace: [namespace],
    destination_workload_namespace: [namespace],
    destination_service: names.map((name) => `${name}.${namespace}.svc.cluster.local`),
  };
}

/** Whether its matchers let requests for the Service through. */
export function readsService(selector: SelectorExpr, service: MeshService): boolean {
  const values = destinationLabels(service);
  return service.names.some((_, index) =>
    selector.matchers.every(({ label, accepts }) => {
      const held = values[label];
      return held === undefined || accepts(held[index] ?? held[0] ?? '');
    }),
  );
}

const WHOLE =
  /^(__name__|reporter|destination_service|destination_service_name|destination_service_namespace|destination_workload_namespace|response_code|request_protocol)$/;

/** It reads some of the requests for a Service only, such as those of one version, and nobody says how many they are. */
export function readsPart({ matchers }: SelectorExpr): boolean {
  return matchers.some(({ label, accepts }) => !WHOLE.test(label) && !(accepts('') && label !== 'response_flags'));
}

/** The text of the query, with matchers for the Service in every selector of Istio's metrics. */
export function narrowedTo(text: string, expr: PromExpr, { names, namespace }: MeshService): string {
  const pattern = names.map((name) => name.replaceAll('.', '\\\\.')).join('|');
  const own = `destination_service_name=~"${pattern}",destination_service_namespace="${namespace}"`;
  const places = selectorsIn(expr)
    .filter(isOfIstio)
    .map((selector) => {
      const brace = text.slice(selector.from, selector.to).search(/[{[]/);
      const hasMatchers = brace >= 0 && text[selector.from + brace] === '{';
      if (hasMatchers) return { at: selector.from + brace + 1, added: `${own},` };
      const name = /^[\w:]+/.exec(text.slice(selector.from))?.[0] ?? '';
      return { at: selector.from + name.length, added: `{${own}}` };
    });
  return places
    .toSorted((a, b) => b.at - a.at)
    .reduce((whole, { at, added }) => whole.slice(0, at) + added + whole.slice(at), text);
}
