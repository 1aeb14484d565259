import { expect, test } from 'vitest';
import { createMeshWitness, type MeshTrouble } from './mesh-witness.ts';

function witness() {
  const clock = { ms: 0 };
  const told: MeshTrouble[] = [];
  return {
    clock,
    told,
    seen: createMeshWitness(
      () => clock.ms,
      (trouble) => told.push(trouble),
    ),
  };
}
const pod = (name: string, ready: boolean, more: object = {}) => ({
  metadata: { name, ...more },
  spec: { containers: [{ name: 'one' }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'one', ready }] },
});
const target = (lastScrapeMs: number, labels: Record<string, string> = { pod: 'istiod-1' }) => ({
  ...{ labels, intervalMs: 2_000, lastScrapeMs },
});

test('a gateway that was ready and is not any more is told once, and again when it is', () => {
  const { clock, told, seen } = witness();
  const steps: [number, string, boolean][] = [
    [0, 'ADDED', false],
    [1_000, 'MODIFIED', true],
    [5_000, 'MODIFIED', false],
    [6_000, 'MODIFIED', false],
    [9_000, 'MODIFIED', true],
  ];
  for (const [atMs, type, ready] of steps) {
    clock.ms = atMs;
    seen.pod(type, pod('istio-ingressgateway-1', ready));
  }
  const trouble = { pod: 'istio-ingressgateway-1', what: 'not-ready', fromMs: 5_000 };
  expect(told).toEqual([
    { ...trouble, toMs: undefined },
    { ...trouble, toMs: 9_000 },
  ]);
  expect(seen.troubles).toHaveLength(1);
});

test('pods of others, one that never was ready and one on its way out are no trouble', () => {
  const { seen } = witness();
  seen.pod('ADDED', pod('prometheus-0', true));
  seen.pod('MODIFIED', pod('prometheus-0', false));
  seen.pod('ADDED', pod('istiod-1', false));
  seen.pod('ADDED', pod('istiod-2', true));
  seen.pod('MODIFIED', pod('istiod-2', false, { deletionTimestamp: '2026-01-02T00:00:00Z' }));
  expect(seen.troubles).toEqual([]);
  expect([...seen.pods]).toEqual(['istiod-1', 'istiod-2']);
});

test('scrapes that do not come are counted until they do', () => {
  const { clock, told, seen } = witness();
  clock.ms = 15_000;
  seen.targets([target(10_100)]);
  expect(told).toEqual([]);
  clock.ms = 20_000;
  seen.targets([target(10_100)]);
  clock.ms = 25_000;
  seen.targets([target(10_100), target(0, { pod: 'istiod-new' }), target(1, { pod: 'cart' })]);
  clock.ms = 30_000;
  seen.targets([target(29_000)]);
  const trouble = { pod: 'istiod-1', what: 'scrapes-missed', fromMs: 10_100 };
  expect(told).toEqual([
    { ...trouble, toMs: undefined, missed: 3 },
    { ...trouble, toMs: 30_000, missed: 6 },
  ]);
});
