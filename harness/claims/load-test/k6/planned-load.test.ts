import { expect, test } from 'vitest';
import { plannedLoad } from './planned-load.ts';

const one = (executor: string, options: object) => plannedLoad({ default: { executor, ...options } });

test.each([
  ['constant-arrival-rate', { rate: 50, timeUnit: '1s', duration: '20s' }, 1_000, 20_000],
  ['constant-arrival-rate', { rate: 90, timeUnit: '1m0s', duration: '1m30s', startTime: '10s' }, 135, 100_000],
  // k6 takes a second where nothing is said
  ['constant-arrival-rate', { rate: 2, duration: '10s' }, 20, 10_000],
  [
    'ramping-arrival-rate',
    {
      startRate: 10,
      timeUnit: '1s',
      stages: [
        { target: 30, duration: '10s' },
        { target: 30, duration: '5s' },
      ],
    },
    350,
    15_000,
  ],
  ['shared-iterations', { vus: 4, iterations: 100, maxDuration: '10m0s' }, 100, 0],
  ['per-vu-iterations', { vus: 4, iterations: 100 }, 400, 0],
  ['constant-vus', { vus: 4, duration: '30s' }, undefined, 30_000],
  [
    'ramping-vus',
    {
      stages: [
        { target: 3, duration: '10s' },
        { target: 0, duration: '5s' },
      ],
    },
    undefined,
    15_000,
  ],
])('%s %j', (executor, options, iterations, lastsMs) => {
  expect(one(executor, options)).toEqual({ iterations, lastsMs });
});

test('scenarios add up, and the last one ends the test', () => {
  const rate = { executor: 'constant-arrival-rate', rate: 10, timeUnit: '1s', duration: '10s' };
  expect(plannedLoad({ a: rate, b: { ...rate, startTime: '1m0s' } })).toEqual({ iterations: 200, lastsMs: 70_000 });
  const vus = { executor: 'constant-vus', duration: '5s' };
  expect(plannedLoad({ a: rate, b: vus })).toEqual({ iterations: undefined, lastsMs: 10_000 });
});
