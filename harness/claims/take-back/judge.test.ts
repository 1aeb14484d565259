import { afterEach, describe, expect, it } from 'vitest';
import { STABLE_VERSION } from '../../stage/stage.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import type { TakeBackClaim } from './declaration.ts';
import { judgeTakeBack } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

type Answers = NonNullable<RolloutFaults['answers']>;

async function prepared(faults: RolloutFaults = {}): Promise<TakeBackClaim> {
  scene = await createFakeRolloutScene('gridos', faults);
  return scene.claim('take-back');
}

const aborted = () => scene.client.all('rollouts').some(({ status }) => (status as { abort?: boolean })?.abort);

/** Every `every`th answer after the abort goes wrong in that way. */
const afterAbort =
  (every: number, wrong: Answers): Answers =>
  (answer, request) =>
    aborted() && request.sequence % every === 0 ? wrong(answer, request) : answer;
const slow: Answers = (answer) => ({ ...answer, latencyMs: 800 });
const refused: Answers = () => ({ status: 503, version: null });

describe('judgeTakeBack', () => {
  thorough('blames the layer that parts, where the canary never gets its weight', async () => {
    const claim = await prepared({ writes: (weight) => (weight === 50 ? 30 : weight) });
    await expect(judgeTakeBack(claim, scene)).rejects.toMatchObject({
      code: 'PROMISE_NOT_KEPT',
      blamed: { code: 'WEIGHT_NOT_AS_BELIEVED', sentence: expect.stringMatching(/believed 50 % .+ said 30 %/) },
    });
  });

  it('passes when stable holds the peak after the abort, and says what was seen before, with and after the canary', async () => {
    const { claim, books, heatMaps, errorLedgers, findings } = await judgeTakeBack(await prepared(), scene);
    expect(claim.outcome).toBe('passed');
    expect(claim.sentence).toMatch(
      /^Stable took all of 60 requests\/s back: 0 of 3600 requests \(0 %\) were bad in the 60\.0 s after the abort at 50 %/,
    );
    expect(claim.details.map(({ label }) => label)).toEqual([
      'objective',
      'before the canary',
      'canary at 50 %',
      'after the abort',
      'stable pods at the abort',
      'weight back at 0',
      'layers',
    ]);
    expect([books?.length, heatMaps?.length, errorLedgers?.[0]?.rows, findings]).toEqual([1, 1, [], []]);
    expect(scene.traffic.running).toBe(0);
    expect(scene.client.all('rollouts').map(({ metadata }) => metadata.namespace)).toEqual(['gridos-dev']);
  });

  it('still passes with as many bad answers as the objective allows', async () => {
    const { claim } = await judgeTakeBack(await prepared({ answers: afterAbort(21, refused) }), scene);
    expect(claim.outcome).toBe('passed');
    expect(claim.sentence).toMatch(/: 17[12] of 3600 requests \(4\.7\d %\) were bad/);
  });

  it.each(
    fewOf(1, [
      ['refused', refused],
      ['slower than the limit', slow],
    ]),
  )('fails when one answer in nineteen is %s', async (_, wrong) => {
    const { claim, findings } = await judgeTakeBack(await prepared({ answers: afterAbort(19, wrong) }), scene);
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^Stable could not take 60 requests\/s back: 1\d\d of 3600 requests \(5\.2\d %\)/);
    expect(findings).toMatchObject([{ code: 'PEAK_NOT_TAKEN_BACK', layer: 'observed', severity: 'error' }]);
  });

  thorough('fails when stable does not hold the peak before there is a canary', async () => {
    const answers: Answers = (answer, { startMs, sequence }) =>
      startMs < scene.time.nowMs + 1 && !aborted() && sequence < 700 && answer.version === STABLE_VERSION
        ? { ...answer, latencyMs: 800 }
        : answer;
    const { claim } = await judgeTakeBack(await prepared({ answers }), scene);
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^Stable does not hold 60 requests\/s even before a canary: \d+ of \d+ requests/);
  });

  thorough('fails when the last requests of the time wait until they are given up', async () => {
    let fromMs: number | undefined;
    const answers: Answers = (answer, { startMs }) => {
      if (aborted()) fromMs ??= startMs;
      const isLast = fromMs !== undefined && startMs > fromMs + 56_000 && startMs < fromMs + 60_000;
      return isLast ? { status: 0, version: null, latencyMs: 5_000 } : answer;
    };
    const { claim } = await judgeTakeBack(await prepared({ answers }), scene);
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/: 2[34]\d of 3600 requests \(6\.\d+ %\) were bad/);
  });

  it('is invalid when the load ends by itself', async () => {
    const { claim, findings } = await judgeTakeBack(await prepared({ endsAfterMs: 40_000 }), scene);
    expect(claim.outcome).toBe('invalid');
    expect(findings).toEqual([]);
  });

  it('ends at once with a run that ends before the time after the abort is over', async () => {
    const claim = await prepared();
    let abortedAtMs: number | undefined;
    await expectInterrupted(
      scene,
      () => judgeTakeBack(claim, scene),
      () => {
        if (aborted()) abortedAtMs ??= scene.time.nowMs;
        return abortedAtMs !== undefined && scene.time.nowMs > abortedAtMs + 5_000;
      },
    );
  });

  it('says that there is no such Rollout', async () => {
    const claim = await prepared();
    const nobody = { ...claim, rollout: { ...claim.rollout, name: 'nobody' } };
    await expect(judgeTakeBack(nobody, scene)).rejects.toMatchObject({ code: 'ROLLOUT_MISSING', exitCode: 3 });
  });
});
