import { expect, test } from 'vitest';
import type { RequestSample } from '../../ports/request-sample.ts';
import type { Scene, TrafficPhase } from '../../scene/scene.ts';
import { createFakeScene, hopsOf, reviewsSamples } from '../../testkit/fakes/fake-scene.ts';
import { scriptedLoad } from '../../testkit/fakes/scripted-load.ts';
import { runSplitPhase } from '../../traffic/split-phase.ts';
import { versionReader } from '../../traffic/traffic-path.ts';
import { expectationOf } from '../../verdict/split-expectation.ts';
import { judgeClaim } from '../judge-in-order.ts';
import { judgePrometheus } from './judge.ts';

/** One ingress phase whose mesh counters are what `witnessed` makes of the client's own. */
async function phase(
  scene: Scene,
  witnessed: ((own: ReadonlyMap<string, number>) => Map<string, number>) | undefined,
  retried: readonly (readonly [version: string, count: number])[] = [],
  samples: Iterable<RequestSample> = reviewsSamples(0.1),
): Promise<TrafficPhase> {
  const arms = [
    { version: 'v1', share: 0.9 },
    { version: 'v3', share: 0.1 },
  ];
  const load = {
    phase: 'p',
    url: 'http://x/',
    headers: {},
    hosts: {},
    identify: { kind: 'header', name: 'h' },
  } as const;
  const result = await runSplitPhase(
    {
      ...{ id: 'p', claimId: 'bookinfo/split-90-10', title: 'p', path: 'ingress', argvPrefix: [], warmUpRequests: 0 },
      expectation: expectationOf({ arms: arms as never }, 'smoke'),
      load: {
        ...load,
        ratePerSecond: 1000,
        maxDurationMs: 60_000,
        preAllocatedVus: 100,
        requestTimeoutMs: 1000,
        newConnectionPerRequest: false,
      },
      generatorCores: 2,
      armOf: versionReader('reviews'),
    },
    {
      load: scriptedLoad(samples),
      samples: { write: () => undefined },
      progress: scene.progress,
      now: scene.now,
    },
    scene.signal,
  );
  const own = new Map(result.books.answeredByArm.map(({ arm, count }) => [arm, count]));
  const meshCounts = witnessed && { reporter: 'destination', byVersion: witnessed(own) };
  return { claimId: 'bookinfo/split-90-10', path: 'ingress', result, meshCounts, retried: new Map(retried) };
}

test('hops name the version that these tests count', () => {
  expect(versionReader('reviews')({ identity: hopsOf('v3') } as never)).toBe('v3');
});

test('the same counts: passed, and the witness is entered in the books', async () => {
  const scene = await createFakeScene();
  scene.phases.push(await phase(scene, (own) => new Map(own)));
  const { claim } = await judgePrometheus(scene.claim('prometheus-agrees'), scene);
  expect(claim).toMatchObject({ id: 'bookinfo/prometheus-agrees', outcome: 'passed' });
  expect(claim.details.map(({ label }) => label)).toEqual([
    'ingress v1',
    'ingress v3',
    'ingress, what two honest counts may differ by',
  ]);
  const { books } = scene.phases[0]!.result;
  expect(books.witnesses.at(-1)).toEqual({
    name: 'Prometheus, istio_requests_total{reporter="destination"}',
    count: books.sent,
    difference: 0,
    explanation: 'equal',
  });
});

test('so many errors that two honest counts may differ by anything: the same counts say nothing', async () => {
  const scene = await createFakeScene();
  const erring = [...reviewsSamples(0.1, 4_000)].map((sample) =>
    sample.sequence % 5 === 0 ? { ...sample, status: 503, identity: '' } : sample,
  );
  scene.phases.push(await phase(scene, (own) => new Map(own), [], erring));
  const { claim } = await judgePrometheus(scene.claim('prometheus-agrees'), scene);
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toMatch(
    /cannot be compared: \d+ requests may be in one count .* more than 10 points says nothing/,
  );
});

test('another share: failed', async () => {
  const scene = await createFakeScene();
  scene.phases.push(
    await phase(
      scene,
      (own) =>
        new Map([
          ['v1', (own.get('v1') ?? 0) - 50],
          ['v3', (own.get('v3') ?? 0) + 50],
        ]),
    ),
  );
  expect((await judgePrometheus(scene.claim('prometheus-agrees'), scene)).claim.outcome).toBe('failed');
});

test('the same shares, but more requests: passed with a note', async () => {
  const scene = await createFakeScene();
  scene.phases.push(await phase(scene, (own) => new Map([...own].map(([arm, count]) => [arm, 2 * count]))));
  const { claim } = await judgePrometheus(scene.claim('prometheus-agrees'), scene);
  expect(claim.outcome).toBe('passed');
  expect(claim.details.at(-1)).toMatchObject({ label: 'ingress note', value: expect.stringContaining('more than') });
});

test('answers that the proxies threw away and asked for again are the receiver’s, and no client’s', async () => {
  const scene = await createFakeScene();
  const attempts = (own: ReadonlyMap<string, number>) => new Map([...own, ['v3', (own.get('v3') ?? 0) + 40]]);
  const judged = async (retried: readonly (readonly [string, number])[]) => {
    scene.phases.splice(0, 1, await phase(scene, attempts, retried));
    return (await judgePrometheus(scene.claim('prometheus-agrees'), scene)).claim;
  };
  expect((await judged([])).outcome).toBe('failed');
  const claim = await judged([['v3', 40]]);
  expect(claim.outcome).toBe('passed');
  expect(claim.details.at(-1)?.value).toContain('made again (40 to v3)');
});

test.each([
  ['the same counts are no pass', (own: ReadonlyMap<string, number>) => new Map(own)],
  ['other counts are no failure', (own: ReadonlyMap<string, number>) => new Map([...own, ['v3', 0]])],
])('of a load whose evidence is bad, %s', async (_, witnessed) => {
  const scene = await createFakeScene();
  // one number twice
  const samples = [...reviewsSamples(0.1, 4_000)].flatMap((one) => (one.sequence === 7 ? [one, one] : [one]));
  scene.phases.push(await phase(scene, witnessed, [], samples));
  expect(scene.phases[0]!.result.books.problemCodes).toContain('duplicates');
  const { claim } = await judgePrometheus(scene.claim('prometheus-agrees'), scene);
  expect(claim).toMatchObject({
    outcome: 'invalid',
    sentence: expect.stringMatching(/The evidence of the ingress load is bad: .* came twice/),
  });
});

test('a counter that began anew while the load ran is no witness, and refutes nothing', async () => {
  const scene = await createFakeScene();
  scene.phases.push(await phase(scene, (own) => new Map([...own, ['v3', -400]])));
  const { claim } = await judgePrometheus(scene.claim('prometheus-agrees'), scene);
  expect(claim).toMatchObject({ outcome: 'invalid', sentence: expect.stringContaining('v3 fell by 400') });
});

test('no counters, no phases, phases of another claim: nothing to compare is never a pass', async () => {
  const scene = await createFakeScene();
  const claim = scene.claim('prometheus-agrees');
  expect((await judgePrometheus(claim, scene)).claim).toMatchObject({
    outcome: 'inconclusive',
    sentence: 'No traffic of bookinfo/split-90-10 was recorded to compare with.',
  });
  const without = await phase(scene, undefined);
  scene.phases.push({ ...without, claimId: 'bookinfo/other' });
  expect((await judgePrometheus(claim, scene)).claim.outcome).toBe('inconclusive');
  scene.phases.push(without);
  expect((await judgePrometheus(claim, scene)).claim).toMatchObject({
    outcome: 'inconclusive',
    sentence: expect.stringContaining('Prometheus counted no request'),
  });
});

test('the run has ended: the same counts are no pass any more, and the figures stay', async () => {
  const controller = new AbortController();
  const scene = await createFakeScene({ signal: controller.signal });
  scene.phases.push(await phase(scene, (own) => new Map(own)));
  const judging = judgeClaim(scene.claim('prometheus-agrees'), scene);
  controller.abort(new DOMException('time is up', 'TimeoutError'));
  const { claim } = await judging;
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toMatch(/^Cut short: the time budget of the run was spent/);
  expect(claim.details.map(({ label }) => label)).toEqual([
    'ingress v1',
    'ingress v3',
    'ingress, what two honest counts may differ by',
  ]);
});

test('a phase that was cut short is no ground for a pass', async () => {
  const controller = new AbortController();
  const scene = await createFakeScene();
  controller.abort();
  const cut = await phase({ ...scene, signal: controller.signal }, (own) => new Map(own));
  scene.phases.push(cut);
  expect((await judgePrometheus(scene.claim('prometheus-agrees'), scene)).claim.outcome).toBe('inconclusive');
});
