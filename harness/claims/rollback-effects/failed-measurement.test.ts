import { expect, test } from 'vitest';
import type { SeenRun } from '../../rollouts/rollout-watch.ts';
import type { Scene } from '../../scene/scene.ts';
import { startFakePrometheus } from '../../testkit/fakes/fake-prometheus.ts';
import { metricCrosses } from './failed-measurement.ts';

const runOf = (successCondition: string, value: string) => {
  const measurements = [{ phase: 'Failed', value, startedAt: '2026-12-01T00:00:00Z' }];
  const metadata = { ResolvedPrometheusQuery: 'q' };
  const object = {
    metadata: { name: 'run' },
    spec: { metrics: [{ name: 'errors', successCondition, provider: { prometheus: { query: 'q' } } }] },
    status: { phase: 'Failed', metricResults: [{ name: 'errors', phase: 'Failed', measurements, metadata }] },
  };
  return { object } as unknown as SeenRun;
};
const series = (...values: number[]) => ({
  status: 'success',
  data: { resultType: 'matrix', result: [{ metric: {}, values: values.map((value, second) => [second, `${value}`]) }] },
});

test.each([
  ['a condition that compares the first number', 'result[0] < 0.05', '[0.2]', series(0, 0.01, 0.2), 2_000],
  ['a metric that never crossed', 'result[0] < 0.05', '[0.2]', series(0, 0.01, 0.04), undefined],
  ['a condition over all series', 'all(result, # < 0.05)', '[0.2]', series(0, 0.2), 'unknown'],
  ['a measurement that is no number', 'result[0] < 0.05', '[]', series(0, 0.2), 'unknown'],
  [
    'samples that Prometheus has no more',
    'result[0] < 0.05',
    '[0.2]',
    { ...series(), data: { resultType: 'matrix', result: [] } },
    'unknown',
  ],
])('of %s', async (_, condition, value, answer, crossed) => {
  await using prometheus = await startFakePrometheus(() => answer);
  const scene = { cluster: { prometheusUrl: prometheus.url }, signal: new AbortController().signal } as Scene;
  const found = await metricCrosses(runOf(condition, value), 0, 3_000, scene);
  expect(typeof found === 'object' ? found.atMs : found).toBe(crossed);
});

test('of a cluster without Prometheus', async () => {
  const scene = { cluster: {}, signal: new AbortController().signal } as Scene;
  expect(await metricCrosses(runOf('result[0] < 0.05', '[0.2]'), 0, 3_000, scene)).toBe('unknown');
});
