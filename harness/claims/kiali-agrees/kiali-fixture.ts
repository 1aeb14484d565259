/** A Kiali for tests behind the API server's proxy: answers of the real one, with the rates that proxies would have counted. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ApiError } from '../../../k8s/client/api-request.ts';
import type { FakeClusterClient } from '../../testkit/fakes/fake-cluster-client.ts';

/** What Kiali itself answered on a cluster with the profile bookinfo-kiali: with as many points as its API wrote. */
export const recorded = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, 'recorded', `${name}.json`), 'utf8');

const PROXY = '/api/v1/namespaces/istio-system/services/kiali:20001/proxy/kiali/api/';

export interface FakeKiali {
  /** Version at the end of an edge -> requests per second, in a window of Unix seconds. */
  rates: (window: { readonly endS: number; readonly lengthS: number }) => Readonly<Record<string, number>>;
  /** Instead of what it answered. */
  answer: (text: string, what: string) => string;
  readonly asked: URL[];
}

interface RecordedGraph {
  timestamp: number;
  duration: number;
  readonly elements: {
    readonly nodes: readonly { readonly data: { readonly id: string; app?: string; readonly version?: string } }[];
    readonly edges: readonly {
      readonly data: { readonly target: string; readonly traffic: { readonly rates?: Record<string, string> } };
    }[];
  };
}

/** From now on the client reaches it. */
export function playKiali(client: FakeClusterClient): FakeKiali {
  const kiali: FakeKiali = { rates: () => ({}), answer: (text) => text, asked: [] };
  client.getText = async (asked) => {
    if (!asked.startsWith(PROXY)) throw new ApiError(404, `GET ${asked}: 404 page not found`);
    const url = new URL(asked.slice(PROXY.length), 'http://kiali/');
    kiali.asked.push(url);
    const what = url.pathname.slice(1);
    if (what !== 'namespaces/graph') return kiali.answer(recorded(what), what);
    const endS = Number(url.searchParams.get('queryTime'));
    const lengthS = Number.parseInt(url.searchParams.get('duration') ?? '', 10);
    return kiali.answer(JSON.stringify(withRates(kiali.rates({ endS, lengthS }), { endS, lengthS })), what);
  };
  return kiali;
}

function withRates(
  rates: Readonly<Record<string, number>>,
  window: { readonly endS: number; readonly lengthS: number },
): RecordedGraph {
  const graph = JSON.parse(recorded('graph')) as RecordedGraph;
  graph.timestamp = window.endS;
  graph.duration = window.lengthS;
  const byId = new Map(graph.elements.nodes.map(({ data }) => [data.id, data]));
  for (const { data } of graph.elements.edges) {
    const { app, version = '' } = byId.get(data.target) ?? {};
    if (app === 'reviews' && data.traffic.rates) data.traffic.rates.http = (rates[version] ?? 0).toFixed(2);
  }
  return graph;
}
