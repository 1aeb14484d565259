import { expect, test } from 'vitest';
import { finerText, followedText, rateOfPath } from './lag-words.ts';
import { builtMs, seedOf, tookText } from './run-time.ts';

const plain = (text: string | undefined) => text?.replaceAll('\u202f', ' ');
const seen = (lowMs: number, highMs: number) => ({ path: 'ingress' as const, atMs: 1000, lowMs, highMs });

test('a set that reaches before the write says "within", and never a negative time', () => {
  expect(plain(followedText(seen(790, 1520), 1000))).toBe('within 520 ms');
  expect(plain(followedText(seen(1800, 2400), 1000))).toBe('after 800 ms to 1.40 s');
  expect(followedText(seen(500, 990), 1000)).toBe('at once');
});

test('offers the rate at which the set would be ±0.1 s wide', () => {
  expect(plain(finerText(seen(790, 1520), 50))).toBe(
    'at 50 requests/s no finer; 190 requests/s would tell it to ±0.1 s',
  );
  expect(finerText(seen(1000, 1150), 50)).toBeUndefined();
  expect(finerText(seen(0, 5000), undefined)).toBeUndefined();
});

test('the rate of a path is what its stretches held', () => {
  const segment = (path: 'ingress' | 'mesh', startMs: number, endMs: number, n: number) =>
    ({ path, startMs, endMs, n, share: 0, low: 0, high: 1 }) as never;
  const segments = [segment('ingress', 0, 1000, 50), segment('ingress', 1000, 3000, 100), segment('mesh', 0, 10, 9)];
  expect(rateOfPath({ segments }, 'ingress')).toBe(50);
  expect(rateOfPath({ segments }, 'direct')).toBeUndefined();
});

test('builds that run side by side count once, and are told apart from the run', () => {
  const phase = (name: string, startedAt: number, durationMs: number) => ({ name, startedAt, durationMs });
  const phases = [
    phase('build k6 v1', 0, 60_000),
    phase('build envoy 1', 30_000, 60_000),
    phase('control plane', 90_000, 9000),
  ];
  expect(builtMs({ phases })).toBe(90_000);
  const run = { startedAt: 0, finishedAt: 150_000, seed: 'none: nothing in this run is random on our side' } as never;
  expect(plain(tookText({ run, appendix: { phases } as never }))).toBe('60.0 s, and 90.0 s to build programs (once)');
  expect(plain(tookText({ run, appendix: { phases: [] } as never }))).toBe('2 min 30 s');
  expect(seedOf({ run })).toBeUndefined();
});
