import { afterEach, describe, expect, it } from 'vitest';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../testkit/rollouts/fake-rollout-scene.ts';
import { startRolloutLoad } from './recorded-load.ts';
import { judgeShares } from './share-verdict.ts';
import { placeLoad } from './traffic-path.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

async function started(faults: RolloutFaults = {}) {
  scene = await createFakeRolloutScene('gridos', faults);
  const [path] = scene.claim('canary-steps').paths;
  const placed = await placeLoad(scene, 'shop', path, 60_000);
  return startRolloutLoad({ id: 'shop', title: 'shop', placed, service: 'gridos-app', versions: ['v1.0.0'] }, scene);
}
/** Time that passes whatever becomes of the run. */
const passes = (ms: number) => scene.time.pause(ms, new AbortController().signal);

it('has a virtual user for every request of its time-out and the second behind it', async () => {
  scene = await createFakeRolloutScene('gridos');
  const [path] = scene.claim('canary-steps').paths;
  const { request } = await placeLoad(scene, 'shop', path, 60_000);
  expect([request.ratePerSecond, request.requestTimeoutMs]).toEqual([120, 5_000]);
  expect(request.preAllocatedVus).toBe(120 * 6);
  expect((await placeLoad({ ...scene, ratePerSecond: 1 }, 'shop', path, 60_000)).request.preAllocatedVus).toBe(20);
});

describe('startRolloutLoad', () => {
  it('books every request of a load that its owner stops', async () => {
    const load = await started();
    await load.answered;
    await passes(10_000);
    const { books, stream } = await load.stop();
    expect(books).toMatchObject({ outcome: 'passed', problems: [], sent: stream.length });
    expect(stream.length).toBe(1_200);
  });

  it('keeps what was stopped before the run was over', async () => {
    const load = await started();
    await passes(10_000);
    const stopped = load.stop();
    scene.abort(new Error('interrupted'));
    expect((await stopped).books.outcome).toBe('passed');
  });

  it('hands over nothing of a load that the run cut off', async () => {
    const load = await started();
    const reason = new Error('the time budget is spent');
    await passes(10_000);
    scene.abort(reason);
    await expect(load.stop()).rejects.toBe(reason);
    await expect(load.ended).rejects.toBe(reason);
    expect(scene.traffic.running).toBe(0);
  });

  it('has bad books when it ended by itself before it was stopped', async () => {
    const load = await started({ endsAfterMs: 10_000 });
    await passes(20_000);
    const { books, stream } = await load.stop();
    expect(books.outcome).toBe('invalid');
    expect(books.problemCodes).toEqual(['load-ended-early']);
    expect(books.problems).toEqual([expect.stringContaining('ended by itself after 10.0 s')]);
    const split = judgeShares(stream, {
      ...{ id: 's', claimId: 'c', title: 't', path: 'ingress', assurance: 'smoke', ratePerSecond: 160 },
      arms: [
        { name: 'v1.0.0', share: 1 },
        { name: 'v1.0.1', share: 0 },
      ],
      ...{ fromMs: 0, toMs: Number.POSITIVE_INFINITY, books },
    });
    expect(split).toMatchObject({ outcome: 'invalid', reason: 'books' });
    expect(split.sentence).toContain('ended by itself');
  });

  it('says so when the load was over before anybody answered', async () => {
    const load = await started({ endsAfterMs: 5_000, answers: () => ({ status: 503, version: null }) });
    void passes(10_000);
    await expect(load.answered).rejects.toMatchObject({ code: 'LOAD_SILENT', where: 'shop' });
  });
});
