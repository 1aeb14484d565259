import { expect, test } from 'vitest';
import type { EnvironmentSample } from '../evidence/environment-watch.ts';
import { environmentSummary } from './environment.ts';

const sample = (atMs: number, tookMs: number, cpuPressure?: number, acceptQueue?: number): EnvironmentSample => ({
  atMs,
  control: { sentMs: atMs, endMs: atMs + tookMs, status: 200 },
  gateway: { sentMs: atMs, endMs: atMs + 2, status: 200 },
  lagMs: 0,
  ...{ cpuPressure, acceptQueue },
});

test('finds nothing where every control was answered', () => {
  const samples = [sample(0, 5), sample(1_000, 9, 0.25)];
  const { sentence, finding } = environmentSummary(samples, { unhealthy: () => [] });
  expect(finding).toBeUndefined();
  expect(sentence.replaceAll(/\s/g, ' ')).toBe(
    '2 control requests, the slowest 9 ms (by the gateway itself 2 ms); somebody waited for a processor during 25 % of the time.',
  );
});

test('names the worst stretch, and a kernel that keeps no pressure', () => {
  const unhealthy = () => [
    { fromMs: 0, toMs: 2_100, why: 'a control request took 2.1 s' },
    { fromMs: 9_000, toMs: 15_000, why: 'a control request got no answer for 5.0 s' },
  ];
  const { finding } = environmentSummary([sample(0, 2_100)], { unhealthy });
  expect(finding).toMatchObject({ code: 'ENVIRONMENT_UNHEALTHY', layer: 'instrument', severity: 'warning' });
  expect(finding?.sentence).toContain(
    'for 8.1 s in 2 stretch(es), at worst for 6.0 s (a control request got no answer for 5.0 s)',
  );
  expect(finding?.sentence).toContain('this kernel keeps no pressure stall information');
});

test('says how many clients waited in front of the gateway', () => {
  const { sentence } = environmentSummary([sample(0, 5, 0, 0), sample(1_000, 5, 0, 410)], { unhealthy: () => [] });
  expect(sentence).toContain('; at most 410 connections waited for the gateway to accept them');
});
