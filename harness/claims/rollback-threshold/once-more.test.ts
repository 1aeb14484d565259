import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../verdict/outcome.ts';
import { onceMore, type Tried } from './once-more.ts';

const resultOf = (outcome: Outcome, observed: string = outcome) => ({ boundary: { outcome, observed } }) as Tried;

/** Unhealthy until then; undefined: nobody watches. */
function sceneWith(unhealthyUntilMs: number | undefined) {
  let ms = 1_000_000;
  const unhealthy = () => [{ fromMs: 0, toMs: Math.min(ms, unhealthyUntilMs ?? 0), why: 'x' }];
  return {
    ...(unhealthyUntilMs === undefined ? {} : { environment: { unhealthy } }),
    now: () => ms,
    signal: new AbortController().signal,
    pause: async (forMs: number) => {
      ms += forMs;
    },
  };
}
async function tried(first: Tried, scene = sceneWith(0), second = resultOf('passed')) {
  let count = 0;
  const result = await onceMore(first, scene, async () => {
    count += 1;
    return second;
  });
  return { ...result.boundary, count, waitedMs: scene.now() - 1_000_000 };
}

describe('onceMore', () => {
  test('runs an invalid trial again, and shows both', async () => {
    expect(await tried(resultOf('invalid', 'the books are bad'))).toMatchObject({
      count: 1,
      outcome: 'passed',
      earlier: { outcome: 'invalid', observed: 'the books are bad' },
    });
  });

  test('once: a second invalid try stays invalid', async () => {
    expect(await tried(resultOf('invalid'), sceneWith(0), resultOf('invalid'))).toMatchObject({
      count: 1,
      outcome: 'invalid',
    });
  });

  test('waits by condition until the environment has recovered', async () => {
    const { count, waitedMs } = await tried(resultOf('invalid'), sceneWith(1_030_000));
    expect(count).toBe(1);
    expect(waitedMs).toBe(40_000);
  });

  test.each<[string, Tried, ReturnType<typeof sceneWith>]>([
    ['a failed trial', resultOf('failed'), sceneWith(0)],
    ['a passed one', resultOf('passed'), sceneWith(0)],
    ['an inconclusive one', resultOf('inconclusive'), sceneWith(0)],
    ['one whose manifests cannot be judged', { ...resultOf('invalid'), isFinal: true }, sceneWith(0)],
    ['one whose environment never recovers', resultOf('invalid'), sceneWith(9_000_000)],
    ['one whose environment nobody watches', resultOf('invalid'), sceneWith(undefined)],
  ])('never runs again %s', async (_, first, scene) => {
    const { count, earlier, outcome } = await tried(first, scene);
    expect([count, earlier, outcome]).toEqual([0, undefined, first.boundary.outcome]);
  });
});
