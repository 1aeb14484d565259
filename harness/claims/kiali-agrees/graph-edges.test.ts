import { describe, expect, test } from 'vitest';
import { applicationEdges, edgesBetween, readGraph } from './graph-edges.ts';
import { recorded } from './kiali-fixture.ts';

const BOOKINFO = { namespace: 'bookinfo-kiali', from: 'productpage', service: 'reviews' };
const graph = readGraph(recorded('graph'), 'Kiali');

describe('a graph of the real Kiali', () => {
  test('has an edge for each version that answered', () => {
    const edges = edgesBetween(graph, BOOKINFO);
    expect(edges.map(({ fromVersion, toVersion }) => `${fromVersion} ${toVersion}`)).toEqual(['v1 v1', 'v1 v2']);
    const [stable, canary] = edges;
    expect(canary!.rate / (canary!.rate + stable!.rate)).toBeCloseTo(0.1, 1);
    // half of what the page asks is for reviews, half for details
    expect(stable!.shareOfSource! + canary!.shareOfSource!).toBeCloseTo(0.5, 1);
  });

  test('leads from the gateway to the page, and from there on', () => {
    expect(applicationEdges(graph)).toEqual([
      'istio-ingressgateway → productpage',
      'productpage → details',
      'productpage → reviews',
      'reviews → ratings',
    ]);
  });

  test('has none of these applications in another namespace', () => {
    expect(edgesBetween(graph, { ...BOOKINFO, namespace: 'bookinfo' })).toEqual([]);
  });

  test('of a mislabelled canary shows one version, with an edge for each workload', () => {
    const edges = edgesBetween(readGraph(recorded('graph-mislabelled'), 'Kiali'), BOOKINFO);
    expect(edges.map(({ toVersion, workload }) => [toVersion, workload])).toEqual([
      ['v1', 'reviews-v1'],
      ['v1', 'reviews-v2'],
    ]);
  });
});

test.each([
  ['cut off', (text: string) => text.slice(0, -3)],
  ['of something else', () => '{"error":"no"}'],
  ['whose edges lead nowhere', (text: string) => text.replace(/"source": "[0-9a-f]+"/, '"source": "gone"')],
  ['whose rates are no numbers', (text: string) => text.replace(/"http": "[\d.]+"/, '"http": "many"')],
])('an answer %s is no graph', (_, change) => {
  const text = recorded('graph');
  expect(change(text)).not.toBe(text);
  expect(() => readGraph(change(text), 'Kiali')).toThrowError(expect.objectContaining({ code: 'KIALI_ANSWER_BROKEN' }));
});
