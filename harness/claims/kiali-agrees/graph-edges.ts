/** Kiali's graph as its API gives it (`graphType=versionedApp`), and the edges between two applications. Pure. */
import { z } from 'zod';
import { environmentError } from '../../errors/harness-error.ts';

const graphSchema = z.object({
  timestamp: z.number(),
  duration: z.number(),
  graphType: z.string(),
  elements: z.object({
    nodes: z.array(
      z.object({
        data: z.object({
          id: z.string(),
          nodeType: z.string(),
          namespace: z.string().optional(),
          app: z.string().optional(),
          version: z.string().optional(),
          workload: z.string().optional(),
          service: z.string().optional(),
        }),
      }),
    ),
    edges: z.array(
      z.object({
        data: z.object({
          source: z.string(),
          target: z.string(),
          traffic: z.object({
            protocol: z.string().optional(),
            rates: z.record(z.string(), z.string()).optional(),
          }),
        }),
      }),
    ),
  }),
});

export type KialiGraph = z.output<typeof graphSchema>;

/** Requests per second by which a rate may be rounded: to 0.001 of what Prometheus says, and that to two decimals. */
export const RATE_ROUNDED = 0.0055;

/** One HTTP edge. */
export interface GraphEdge {
  readonly fromVersion: string;
  readonly toVersion: string;
  /** At its end: workloads of one version have an edge each. */
  readonly workload: string;
  /** Requests per second. */
  readonly rate: number;
  /** Of all requests of its source, 0 to 1, as the graph writes it on the edge. */
  readonly shareOfSource: number | undefined;
}

/** @throws HarnessError KIALI_ANSWER_BROKEN: cut off, or no graph */
export function readGraph(text: string, where: string): KialiGraph {
  try {
    const parsed = graphSchema.safeParse(JSON.parse(text));
    if (parsed.success && isWhole(parsed.data)) return parsed.data;
  } catch {
    // told below
  }
  throw environmentError('KIALI_ANSWER_BROKEN', 'Kiali answered with something that is no whole graph', {
    where,
    hint: 'Does something between here and Kiali change or cut answers? Another version of its API may be another reason.',
  });
}

/** Every edge begins and ends at a node of the answer, and its rates are numbers. */
function isWhole({ elements: { nodes, edges } }: KialiGraph): boolean {
  const ids = new Set(nodes.map(({ data }) => data.id));
  return edges.every(
    ({ data: { source, target, traffic } }) =>
      ids.has(source) &&
      ids.has(target) &&
      Object.values(traffic.rates ?? {}).every((rate) => Number.isFinite(Number(rate))),
  );
}

/** HTTP edges from one application to another one of the namespace, by their versions. */
export function edgesBetween(
  { elements: { nodes, edges } }: KialiGraph,
  { namespace, from, service }: { readonly namespace: string; readonly from: string; readonly service: string },
): readonly GraphEdge[] {
  const byId = new Map(nodes.map(({ data }) => [data.id, data]));
  return edges
    .flatMap(({ data: { source, target, traffic } }): GraphEdge[] => {
      const [begin, end] = [byId.get(source), byId.get(target)];
      if (traffic.protocol !== 'http' || begin?.app !== from) return [];
      if (end?.app !== service || end.namespace !== namespace) return [];
      const { http = '0', httpPercentReq } = traffic.rates ?? {};
      return [
        {
          fromVersion: begin.version ?? '',
          toVersion: end.version ?? '',
          workload: end.workload ?? '',
          rate: Number(http),
          shareOfSource: httpPercentReq === undefined ? undefined : Number(httpPercentReq) / 100,
        },
      ];
    })
    .toSorted((a, b) => sortKey(a).localeCompare(sortKey(b), 'en'));
}

const sortKey = ({ toVersion, workload, fromVersion }: GraphEdge) => `${toVersion} ${workload} ${fromVersion}`;

/** Applications at the ends of HTTP edges, for whoever finds none of his own: `page → reviews`. */
export function applicationEdges({ elements: { nodes, edges } }: KialiGraph): readonly string[] {
  const byId = new Map(nodes.map(({ data }) => [data.id, data]));
  const nameOf = (id: string) => {
    const { app, workload, service } = byId.get(id) ?? {};
    return app ?? workload ?? service ?? 'unknown';
  };
  const named = edges.flatMap(({ data: { source, target, traffic } }) =>
    traffic.protocol === 'http' ? [`${nameOf(source)} → ${nameOf(target)}`] : [],
  );
  return [...new Set(named)].sort();
}
