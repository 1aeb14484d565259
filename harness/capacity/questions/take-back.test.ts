import { describe, expect, it } from 'vitest';
import { podsAtWeight, takesBack } from './take-back.ts';

interface Canary {
  readonly replicas: number;
  readonly steps: readonly number[];
  readonly abortedAt: number;
  /** Releases before 1.9 go back in proportion to pods, later ones step by step. */
  readonly byStep: boolean;
  /** abortScaleDownDelaySeconds is set: the canary keeps its pods until stable is whole. */
  readonly keepsPods?: boolean;
}

const podsFor = (replicas: number, weight: number) => Math.ceil((weight * replicas) / 100);

/**
 * The controller's own rules for an abort, as take-back.ts names them, with integer division where Go has it. One pod of
 * stable becomes available between two looks.
 * @returns the weight of the canary and stable's available pods, look by look, until nothing changes any more
 */
function abort({ replicas, steps, abortedAt, byStep, keepsPods = false }: Canary) {
  let stable = podsAtWeight(replicas, abortedAt).left;
  let canary = podsFor(replicas, abortedAt);
  let weight = abortedAt;
  const seen = [{ weight, stable }];
  for (;;) {
    const canaryPods = Math.max(replicas - stable, canary);
    const next = byStep ? (steps.findLast((step) => podsFor(replicas, step) < canaryPods) ?? 0) : 0;
    const held = Math.floor((100 * stable) / replicas);
    const wanted = next <= 0 ? Math.max(0, 100 - held) : held < 100 - next ? weight : next;
    const to = Math.min(wanted, weight);
    const enough = stable >= Math.floor(((100 - to) * replicas) / 100);
    const before = { weight, stable, canary };
    if (enough) weight = to;
    const stableWanted = Math.max(podsFor(replicas, 100 - next), podsFor(replicas, 100 - weight));
    stable = Math.min(stableWanted, stable + 1);
    if (!keepsPods) canary = Math.max(podsFor(replicas, weight), podsFor(replicas, next));
    seen.push({ weight, stable: before.stable });
    if (weight === before.weight && stable === before.stable && canary === before.canary) return seen;
  }
}

describe('an abort under dynamicStableScale', () => {
  it('leaves so many pods of stable, and lacks the others', () => {
    expect(podsAtWeight(4, 25)).toEqual({ left: 3, missing: 1 });
    expect(podsAtWeight(4, 100)).toEqual({ left: 0, missing: 4 });
    expect(podsAtWeight(3, 50)).toEqual({ left: 2, missing: 1 });
    expect(podsAtWeight(4, 10)).toEqual({ left: 4, missing: 0 });
  });

  it.each([true, false])('gives no available pod of stable more than with all of them (step by step: %s)', (byStep) => {
    for (const steps of [[50], [10, 25, 50, 75], [5, 100], [33, 66], [1, 2, 3]])
      for (const abortedAt of steps)
        for (let replicas = 1; replicas <= 12; replicas += 1) {
          const seen = abort({ replicas, steps, abortedAt, byStep });
          for (const { weight, stable } of seen)
            if (weight < 100) expect(((100 - weight) / 100) * (replicas / stable)).toBeLessThanOrEqual(1);
          // and it takes everything back in the end, with all of its pods
          expect(seen.at(-1)).toEqual({ weight: 0, stable: replicas });
        }
  });

  it('goes back as pods come, and not at once', () => {
    const weights = (byStep: boolean) => [
      ...new Set(abort({ replicas: 4, steps: [25, 50, 75], abortedAt: 75, byStep }).map(({ weight }) => weight)),
    ];
    expect(weights(true)).toEqual([75, 50, 25, 0]);
    expect(weights(false)).toEqual([75, 50, 25, 0]);
    expect(abort({ replicas: 10, steps: [10, 50], abortedAt: 50, byStep: true }).map(({ weight }) => weight)).toContain(
      10,
    );
  });

  it('never ends where the canary keeps its pods and a smaller step is left', () => {
    const canary = { replicas: 4, steps: [25, 50], abortedAt: 50, keepsPods: true };
    expect(abort({ ...canary, byStep: true }).at(-1)).toEqual({ weight: 25, stable: 3 });
    expect(abort({ ...canary, byStep: false }).at(-1)).toEqual({ weight: 0, stable: 4 });
  });
});

it('stable takes the peak back when all of its pods hold it', () => {
  const capacity = { low: 233, high: 245 };
  expect(takesBack(capacity, 200)).toBe('passed');
  expect(takesBack(capacity, 240)).toBe('inconclusive');
  expect(takesBack(capacity, 250)).toBe('failed');
});
