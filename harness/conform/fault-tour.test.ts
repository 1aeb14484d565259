import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadFault } from '../profile/faults.ts';
import {
  APPLICATION_COLLECTION,
  application,
  bookinfoProfile,
  createFakeScene,
  type FakeScene,
  fakeCluster,
  hopsOf,
  meshedPod,
  PODS,
  pacedLoad,
  ROUTES,
  reviewsRoute,
} from '../testkit/fakes/fake-scene.ts';
import { judgeUnderFaults, tourStops } from './fault-tour.ts';

/** Versions that the ingress answers with, one after the other. */
let answers: string[];
let ingress: Server;
beforeEach(async () => {
  answers = ['v1', 'v3'];
  let asked = 0;
  ingress = createServer((_, response) => {
    response.setHeader('x-canaryproof-hops', hopsOf(answers[asked++ % answers.length] ?? 'v1'));
    response.end();
  });
  await new Promise<void>((resolve) => ingress.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => ingress.close(resolve)));

const DECLARED = { 'reviews-v1': 90, 'reviews-v3': 10 };

/** Bookinfo with a controller that applies the newest commit as soon as the Application is applied. */
async function deployed(healing = true): Promise<FakeScene> {
  const ingressUrl = `http://127.0.0.1:${(ingress.address() as AddressInfo).port}`;
  const scene = await createFakeScene({ cluster: fakeCluster({ ingressUrl }) });
  const { client, clock, recorder, source } = scene;
  client.put(PODS, meshedPod('page', { sidecar: false, labels: { app: 'productpage' } }));
  client.put({ ...PODS, resource: 'services' }, { metadata: { name: 'reviews' }, spec: { clusterIP: '10.96.0.7' } });
  const over = new AbortController();
  void client.watch(
    ROUTES,
    (type, object, arrival) => recorder.virtualService(object, arrival, type === 'DELETED' ? type : undefined),
    over.signal,
  );
  client.put(ROUTES, reviewsRoute(DECLARED));
  const head = () => source.repository.commits.at(-1)?.sha ?? '';
  const synced = () => client.put(APPLICATION_COLLECTION, application({ revision: head() }));
  synced();
  /** A patch leaves its manager in the object, as the API server sees to. */
  const signed = async () => {
    const object = (await client.get(ROUTES, 'reviews'))!;
    client.put(ROUTES, { ...object, metadata: { ...object.metadata, managedFields: [{ manager: 'canaryproof' }] } });
  };
  client.react = (write) => {
    // a fault takes time to be made
    clock.ms += 500;
    if (write.startsWith('patch') && write.endsWith('virtualservices/reviews')) void signed();
    if (write.includes('applications') || write === 'apply Application bookinfo') setImmediate(synced);
    if (write === 'apply Application bookinfo' && healing) client.put(ROUTES, reviewsRoute(DECLARED));
  };
  const share = () => {
    const { 'reviews-v1': v1 = 0, 'reviews-v3': v3 = 0 } =
      recorder.history('bookinfo', 'reviews').at(-1)?.weights ?? {};
    return v3 / (v1 + v3);
  };
  return Object.assign(scene, { load: pacedLoad(clock, share, 60_000) });
}

const faultsOf = (scene: Pick<FakeScene, 'profile'>, ...names: string[]) =>
  Promise.all(names.map((name) => loadFault(scene.profile, name)));

test('each fault is made, judged and withdrawn; every row has its own findings and its own ledger', async () => {
  const scene = await deployed();
  const stops = tourStops(scene.profile, await faultsOf(scene, 'split-80-20', 'split-100-0'));
  const results = await judgeUnderFaults(stops, scene);
  expect(results.map(({ claim }) => `${claim.id} ${claim.outcome}`)).toEqual([
    'bookinfo/split-90-10 under fault split-80-20 failed',
    'bookinfo/split-90-10 under fault split-100-0 failed',
  ]);
  expect(
    results.map(({ findings }) =>
      findings?.map(({ code, sentence }) => [code, /says ([^,]*, [^,]*)/.exec(sentence)?.[1]]),
    ),
  ).toEqual([
    [['API_WEIGHTS_DIFFER', 'reviews-v1 80, reviews-v3 20']],
    [['API_WEIGHTS_DIFFER', 'reviews-v1 100, reviews-v3 0']],
  ]);
  expect(results.map(({ ledgers }) => ledgers?.map(({ claimId }) => claimId))).toEqual(
    stops.map(({ name }) => [name.id]),
  );
  // the change itself is in the ledger, which begins before the fault is made
  expect(results[0]?.ledgers?.[0]?.changes.map(({ fromShare, toShare }) => [fromShare, toShare])).toEqual([[0.1, 0.2]]);
  expect(results.flatMap(({ splits = [] }) => splits.map(({ id }) => id))).toEqual([
    'bookinfo-split-90-10-under-fault-split-80-20-ingress',
    'bookinfo-split-90-10-under-fault-split-80-20-mesh',
    'bookinfo-split-90-10-under-fault-split-100-0-ingress',
    'bookinfo-split-90-10-under-fault-split-100-0-mesh',
  ]);
  expect(scene.recorder.history('bookinfo', 'reviews').map(({ weights }) => weights['reviews-v3'])).toEqual(
    // declared, fault, gone, declared, fault, gone, declared
    [10, 20, undefined, 10, 0, undefined, 10],
  );
  expect(scene.source.repository.commits.slice(1).map(({ message }) => message)).toEqual([
    'Withdraw fault split-80-20',
    'Withdraw fault split-100-0',
  ]);
});

test('weights that a fault committed are taken back by a commit', async () => {
  const scene = await deployed();
  const declared = scene.source.files;
  await judgeUnderFaults(tourStops(scene.profile, await faultsOf(scene, 'commit-not-applied')), scene);
  expect(scene.source.history).toHaveLength(3);
  expect(scene.source.history[1]?.files).not.toEqual(declared);
  expect(scene.source.files).toEqual(declared);
});

describe('a cluster that does not come back', () => {
  const stuck = async (scene: FakeScene) => {
    Object.assign(scene, { now: () => scene.clock.ms++ });
    Object.assign(scene.profile.budgets, { routesAppliedMs: 50 });
    const stops = tourStops(scene.profile, await faultsOf(scene, 'split-80-20', 'split-100-0'));
    return judgeUnderFaults(stops, scene);
  };

  test('ends the tour: under two faults at once nobody could be blamed', async () => {
    const results = await stuck(await deployed(false));
    expect(results.map(({ claim }) => claim.outcome)).toEqual(['failed', 'inconclusive']);
    expect(results[0]?.findings?.at(-1)).toMatchObject({
      ...{ code: 'FAULT_STAYS', layer: 'instrument' },
      sentence: 'a fault was withdrawn, but VirtualService bookinfo/reviews does not hold what Git declares',
    });
    expect(results[1]?.claim.sentence).toContain('did not come back to what Git declares after fault split-80-20');
  });

  test('not even when every layer says so, until clients get every version', async () => {
    answers = ['v1'];
    const results = await stuck(await deployed());
    expect(results[0]?.findings?.at(-1)?.sentence).toBe('a fault was withdrawn, but no client is answered by v3');
  });
});

test('an interruption keeps what was judged so far', async () => {
  const interruption = new AbortController();
  const scene = Object.assign(await deployed(), { signal: interruption.signal });
  const stops = tourStops(scene.profile, await faultsOf(scene, 'split-80-20', 'split-100-0'));
  const { react } = scene.client;
  scene.client.react = (write) => {
    if (write.startsWith('delete')) interruption.abort();
    react(write);
  };
  const results = await judgeUnderFaults(stops, scene);
  expect(results.map(({ claim }) => claim.id)).toEqual(['bookinfo/split-90-10 under fault split-80-20']);
});

test('the run ends while a fault is judged that changes no share: that row is no pass', async () => {
  const interruption = new AbortController();
  const scene = Object.assign(await deployed(), { signal: interruption.signal });
  const [fault, next] = await faultsOf(scene, 'split-80-20', 'split-100-0');
  const harmless = { ...fault!, name: 'nothing', patches: [] };
  const stops = tourStops(scene.profile, [harmless, next!]);
  const { run } = scene.load;
  const load = {
    run: async (...args: Parameters<typeof run>) => {
      const result = await run(...args);
      if (args[0].phase.endsWith('-mesh')) interruption.abort(new DOMException('time is up', 'TimeoutError'));
      return result;
    },
  };
  const results = await judgeUnderFaults(stops, Object.assign(scene, { load }));
  expect(results.map(({ claim }) => claim)).toMatchObject([
    { outcome: 'inconclusive', sentence: expect.stringMatching(/^Cut short: the time budget of the run was spent/) },
  ]);
  expect(results[0]?.splits?.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
});

describe('refused before anything is started', () => {
  test('the same fault twice', async () => {
    const profile = await bookinfoProfile();
    const faults = await faultsOf({ profile }, 'split-80-20', 'pod-count', 'split-80-20');
    expect(() => tourStops(profile, faults)).toThrow(
      expect.objectContaining({ code: 'FAULT_TWICE', exitCode: 2, message: 'fault split-80-20 is named twice' }),
    );
  });

  test('a profile without a claim about a split', async () => {
    const whole = await bookinfoProfile();
    const profile = { ...whole, claims: whole.claims.filter(({ kind }) => kind !== 'traffic-split') };
    const faults = await faultsOf({ profile }, 'split-80-20', 'pod-count');
    expect(() => tourStops(profile, faults)).toThrow(
      expect.objectContaining({ code: 'FAULT_WITHOUT_SPLIT', exitCode: 2 }),
    );
  });
});
