import { afterEach, describe, expect, it } from 'vitest';
import type { MovingPhase } from '../../documents/references.ts';
import { evidenceFirst } from '../../scene/evidence-first.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { withoutSteps } from '../../testkit/rollouts/without-steps.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { judgeNoLostRequest } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

async function prepared(faults: RolloutFaults = {}, budgets = {}) {
  scene = await createFakeRolloutScene('zero-downtime', faults, budgets);
  return scene.claim('no-lost-request');
}
/** Of the phases only `promote`, which is enough to lose a request. */
async function promoted(faults: RolloutFaults) {
  const claim = await prepared(faults);
  return judgeNoLostRequest({ ...claim, phases: ['promote'] }, scene);
}
/** Exactly one request, well after the start, is not answered as it should be. */
const once =
  (status: number): NonNullable<RolloutFaults['answers']> =>
  (answer, { sequence }) =>
    sequence === 1_000 ? { status, version: null } : answer;

describe('judgeNoLostRequest', () => {
  it('passes when every request is answered, whatever happens to the Rollout', async () => {
    const claim = await prepared();
    const { claim: judgement, findings, errorLedgers, books } = await judgeNoLostRequest(claim, scene);
    expect(judgement.outcome).toBe('passed');
    expect(judgement.sentence).toMatch(
      /^None of \d+ requests at 200\/s were lost over promote, abort, undo, supersede/,
    );
    expect(judgement.details.map(({ label }) => label)).toEqual([...claim.phases, 'layers']);
    expect(findings).toEqual([]);
    expect(errorLedgers?.[0]?.rows).toEqual([]);
    expect(books?.[0]?.outcome).toBe('passed');
    expect(scene.time.timers).toBe(0);
    expect(scene.traffic.running).toBe(0);
    expect(scene.client.all('rollouts').map(({ metadata }) => metadata.namespace)).toEqual(['zero-downtime-dev']);
  });

  it.each(
    fewOf(1, [
      ['answered by a proxy', 503, '503 client only'],
      ['not answered at all', 0, 'no answer client only'],
    ]),
  )('fails when a single request is %s', async (_, status, words) => {
    const { claim, findings } = await promoted({ answers: once(status) });
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(/^1 of \d+ requests/);
    expect(claim.sentence).toContain(words);
    expect(findings?.map(({ code }) => code)).toEqual(['REQUESTS_LOST']);
  });

  it.each(
    fewOf(1, [
      ['invalid', 'was lost at that moment', { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, []],
      ['failed', 'was lost at another moment', { fromMs: 0, toMs: 1_000 }, ['REQUESTS_LOST']],
    ]),
  )('is %s when a control request %s, too', async (outcome, _, interval, codes) => {
    const claim = await prepared({ answers: once(0) });
    const environment = { unhealthy: () => [{ ...interval, why: 'a control request got no answer for 5.0 s' }] };
    const watched = { ...scene, environment };
    const seen = await judgeNoLostRequest({ ...claim, phases: ['promote'] }, watched);
    const { claim: judgement, findings } = evidenceFirst(seen);
    expect(judgement.outcome).toBe(outcome);
    expect(findings?.map(({ code }) => code)).toEqual(codes);
    expect(judgement.sentence.includes('a service that nothing touches')).toBe(outcome === 'invalid');
  });

  it.each(
    fewOf(1, [
      ['invalid', 'could not keep up at that moment', Number.MAX_SAFE_INTEGER],
      ['failed', 'could keep up again by then', 1_000],
    ]),
  )('is %s when the machine %s', async (outcome, _, toMs) => {
    const claim = await prepared({ answers: once(503) });
    const why = 'most control requests took 120 ms and more, up to 400 ms';
    const environment = { unhealthy: () => [], strained: () => [{ fromMs: 0, toMs, why }] };
    const seen = await judgeNoLostRequest({ ...claim, phases: ['promote'] }, { ...scene, environment });
    const { claim: judgement } = evidenceFirst(seen);
    expect(judgement.outcome).toBe(outcome);
    expect(judgement.sentence.includes(why)).toBe(outcome === 'invalid');
  });

  thorough('does not count what the workload erred at on purpose', async () => {
    const answers: RolloutFaults['answers'] = (answer, { sequence }) =>
      sequence === 1_000 ? { ...answer, status: 500 } : answer;
    expect((await promoted({ answers })).claim.outcome).toBe('passed');
  });

  describe('a version that was given up', () => {
    /** Proxies still send requests to the version that was given up, for so long. */
    async function followedLate(lateMs: number, phases: readonly MovingPhase[] = ['abort']) {
      const told: { abortedMs?: number; undoneMs?: number } = {};
      const answers: RolloutFaults['answers'] = (answer, { startMs }) => {
        // released, given up, and what comes next
        const orders = scene.client.writes.filter((one) => one.includes('patch') && one.includes('/rollouts/')).length;
        if (orders >= 2) told.abortedMs ??= startMs;
        if (orders >= 3) told.undoneMs ??= startMs;
        const isLate = told.abortedMs !== undefined && startMs < told.abortedMs + lateMs;
        return isLate ? { ...answer, version: 'v2' } : answer;
      };
      return {
        claim: { ...(await prepared({ answers }, { rolloutEndsMs: 20_000 })), phases },
        told,
      };
    }

    it.each([
      ['aborted', ['abort'], 4_000],
      ['undone', ['undo', 'promote'], 4_000],
      // longer than the third version takes to be promoted
      ['superseded', ['supersede', 'promote'], 25_000],
    ] as const)('waits until nobody gets a version that was %s before the next order', async (_, phases, lateMs) => {
      const { claim, told } = await followedLate(lateMs, phases);
      expect((await judgeNoLostRequest(claim, scene)).claim.outcome).toBe('passed');
      expect(told.undoneMs! - told.abortedMs!).toBeGreaterThanOrEqual(lateMs + 1_900);
    });

    it('calls it a broken promise when clients go on to get it', async () => {
      const { claim } = await followedLate(Number.POSITIVE_INFINITY);
      await expect(judgeNoLostRequest(claim, scene)).rejects.toMatchObject({
        code: 'PROMISE_NOT_KEPT',
        what: expect.stringContaining('clients to get v2 no more'),
        instead: 'they still got it',
      });
    });
  });

  it('releases the next version when clients have left the one before', async () => {
    const told = { oldMs: 0, nextMs: 0 };
    const answers: RolloutFaults['answers'] = (answer, { startMs }) => {
      const orders = scene.client.writes.filter((one) => one.includes('patch') && one.includes('/rollouts/')).length;
      if (orders === 1 && answer?.version === 'v1') told.oldMs = startMs;
      if (orders >= 2 && told.nextMs === 0) told.nextMs = startMs;
      return answer;
    };
    const claim = { ...(await prepared({ answers })), phases: ['promote', 'abort'] as const };
    expect((await judgeNoLostRequest(claim, scene)).claim.outcome).toBe('passed');
    expect(told.nextMs - told.oldMs).toBeGreaterThanOrEqual(1_900);
  });

  it('follows a release that goes to everybody at once, where the Rollout has no steps', async () => {
    const claim = await prepared();
    const client = withoutSteps(scene.client, claim.rollout.namespace);
    const { claim: judgement } = await judgeNoLostRequest({ ...claim, phases: ['promote'] }, { ...scene, client });
    expect(judgement.sentence).toMatch(/^None of \d+ requests at 200\/s were lost over promote\./);
    expect(judgement.outcome).toBe('passed');
    await expect(judgeNoLostRequest({ ...claim, phases: ['abort'] }, { ...scene, client })).rejects.toMatchObject({
      code: 'ROLLOUT_NO_STEPS',
    });
  });

  it('sees what is lost in a release that goes to everybody at once', async () => {
    const claim = await prepared({ answers: once(503) });
    const client = withoutSteps(scene.client, claim.rollout.namespace);
    const seen = await judgeNoLostRequest({ ...claim, phases: ['promote'] }, { ...scene, client });
    expect(seen.claim.outcome).toBe('failed');
  });

  it('is invalid when the load ended by itself before the last pods had gone', async () => {
    const { claim } = evidenceFirst(await promoted({ endsAfterMs: 15_000 }));
    expect(claim.outcome).toBe('invalid');
    expect(claim.sentence).toMatch(/^No verdict, the evidence is bad: .*ended by itself after 15\.0 s/);
    expect(claim.sentence).toContain('Seen all the same: None of');
  });

  it('does not call it restarted when there was no pod to restart', async () => {
    const claim = await prepared();
    const { list } = scene.client;
    scene.client.list = async (collection, selector) =>
      selector?.startsWith('rollouts-pod-template-hash=') ? [] : list(collection, selector);
    await expect(judgeNoLostRequest({ ...claim, phases: ['restart'] }, scene)).rejects.toMatchObject({
      code: 'PODS_MISSING',
      exitCode: 3,
    });
    expect(scene.traffic.running).toBe(0);
  });

  it('calls it a broken promise when the Rollout never moves', async () => {
    const faults: RolloutFaults = {};
    const claim = await prepared(faults, { rolloutEndsMs: 20_000 });
    const { watch } = scene.client;
    Object.assign(scene.client, {
      watch: (...given: Parameters<typeof watch>) => {
        // the copy is deployed, and then the controller dies
        scene.time.onTick((nowMs) => {
          faults.stuck = nowMs > startedMs + 1_500;
        });
        return watch(...given);
      },
    });
    const startedMs = scene.time.nowMs;
    await expect(judgeNoLostRequest(claim, scene)).rejects.toMatchObject({ code: 'PROMISE_NOT_KEPT' });
    expect(scene.time.timers).toBe(0);
  });

  it.each([
    ['before anything moves', 1_000],
    ['while the last pods go', () => scene.told.includes('done zero-downtime/no-lost-request: promote: ')],
  ])('ends at once with a run that ends %s', async (_, when) => {
    const claim = await prepared();
    await expectInterrupted(scene, () => judgeNoLostRequest({ ...claim, phases: ['promote'] }, scene), when);
  });

  it.each(fewOf(2, ['promote', 'abort', 'undo', 'supersede', 'restart', 'scale-down'] as const))(
    'ends at once with a run that ends in the phase %s',
    async (phase) => {
      const claim = await prepared();
      const hasBegun = () => scene.told.includes(`start ${claim.id}: ${phase}`);
      await expectInterrupted(scene, () => judgeNoLostRequest({ ...claim, phases: [phase] }, scene), hasBegun);
    },
  );
});
