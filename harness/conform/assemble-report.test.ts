import { expect, test } from 'vitest';
import { type RunReport, runReportSchema } from '../../reports/model/run-report.ts';
import { judgeClaim, unjudged } from '../claims/judge-in-order.ts';
import { declaredSplit } from '../scene/split-claim.ts';
import { createFakeScene, meshedPod, PODS, reviewsRoute, reviewsSamples } from '../testkit/fakes/fake-scene.ts';
import { scriptedLoad } from '../testkit/fakes/scripted-load.ts';
import { type ConformRecord, conformReport } from './assemble-report.ts';

async function record(share: number, change: Partial<ConformRecord> = {}): Promise<ConformRecord> {
  const scene = await createFakeScene({ load: scriptedLoad({ [Symbol.iterator]: () => reviewsSamples(share) }) });
  scene.client.put(PODS, meshedPod('page', { sidecar: false, labels: { app: 'productpage' } }));
  scene.client.put(
    { ...PODS, resource: 'services' },
    { metadata: { name: 'reviews' }, spec: { clusterIP: '10.96.0.7' } },
  );
  const declared = [
    { atMs: scene.now(), source: 'commit 1', split: declaredSplit(scene, scene.claim('traffic-split')) },
  ];
  scene.clock.ms += 100;
  scene.recorder.virtualService(reviewsRoute({ 'reviews-v1': 90, 'reviews-v3': 10 }));
  const result = await judgeClaim(scene.claim('traffic-split'), scene);
  return {
    run: {
      ...{ id: 'r', kind: 'conform', startedAt: 0, finishedAt: 1, interrupted: false, command: ['c'], reproduce: 'c' },
      ...{ seed: 'none', host: { system: 's', cpus: 2, memoryBytes: 1 } },
    },
    ...{ profile: scene.profile, provider: 'local', files: scene.source.files, recorder: scene.recorder },
    components: [{ name: 'istiod', version: '1', origin: 'o' }],
    results: [result],
    phases: scene.phases,
    witness: [{ path: 'prometheus', arm: 'v3', bins: [] }],
    declared,
    ...{ lintFindings: [], steps: [], evidence: [], notEnforced: ['memory limits'] },
    ...change,
  };
}

test('all passed: the headline shows what each path got; the document is valid', async () => {
  const report: RunReport = runReportSchema.parse(JSON.parse(JSON.stringify(conformReport(await record(0.1)))));
  expect(report.outcome).toBe('passed');
  expect(report.headline).toMatch(
    /^The claim passed\. Ingress clients got v3 \d+(\.\d+)? % \(declared 10 % ± \d+ points, n \d+\)\. In-mesh clients got v3 /,
  );
  expect(report.appendix.notEnforced).toEqual(['memory limits']);
  expect(report.appendix.k6Options.map(({ phase }) => phase)).toEqual([
    'bookinfo-split-90-10-ingress',
    'bookinfo-split-90-10-mesh',
  ]);
  expect(report.appendix.manifests.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
});

test('a share of traces is told as one of requests, whichever arm is the smaller', async () => {
  const passed = await record(0.1);
  const [result] = passed.results;
  const [split] = result!.splits!;
  const arms = [0.9, 0.1].map((share, at) => ({
    ...split!.arms[at]!,
    ...{ name: at === 0 ? 'traced' : 'not traced', declaredShare: share, estimate: share },
  }));
  const { headline } = conformReport({ ...passed, results: [{ ...result!, splits: [{ ...split!, arms }] }] });
  expect(headline).toMatch(
    /^The claim passed\. 90 % of the requests have a trace \(declared 90 % ± \d+ points, n \d+\)\.$/,
  );
});

test('shares of a claim in steps stand in a row', async () => {
  const passed = await record(0.1);
  const [result] = passed.results;
  const [split] = result!.splits!;
  const step = (share: number) => ({
    ...split!,
    arms: split!.arms.map((arm, at) => ({
      ...arm,
      ...{ declaredShare: at === 0 ? 1 - share : share, estimate: at === 0 ? 1 - share : share },
    })),
    samples: 500,
  });
  const { headline } = conformReport({ ...passed, results: [{ ...result!, splits: [0, 0.25, 1].map(step) }] });
  expect(headline).toBe('The claim passed. Ingress clients got v3 0 → 25 → 100 % (n 1500).');
});

test('a failed claim leads the headline, before one that is only undecided', async () => {
  const failed = await record(0.3);
  const claim = failed.profile.claims[0]!;
  const report = conformReport({ ...failed, results: [unjudged(claim, 'x'), ...failed.results] });
  expect(report.outcome).toBe('failed');
  expect(report.headline).toMatch(/^bookinfo\/split-90-10: .* Of 2 claims: 1 failed, 1 inconclusive\.$/s);
});

test('where the evidence is bad, why it is leads the headline, and not what was seen in it', async () => {
  const passed = await record(0.1);
  const [result] = passed.results;
  const sentence = 'No verdict, the evidence is bad: 3 iterations were dropped. Seen all the same: v3 got 30 %.';
  const seen = {
    code: 'OBSERVED_SHARE_DIFFERS',
    layer: 'observed',
    severity: 'error',
    sentence: 'v3 got 30 %.',
  } as const;
  const headline = (more: object) =>
    conformReport({
      ...passed,
      results: [
        { ...result!, claim: { ...result!.claim, outcome: 'invalid', sentence }, findings: [{ ...seen, ...more }] },
      ],
    }).headline;
  expect(headline({})).toBe(
    'bookinfo/split-90-10: No verdict, the evidence is bad: 3 iterations were dropped. Of 1 claim: 1 invalid.',
  );
  // the instrument's own finding is the reason already
  expect(headline({ layer: 'instrument', sentence: 'k6 died.' })).toMatch(/^bookinfo\/split-90-10: k6 died\./);
});

test('an interrupted run never passes, even if every claim so far did', async () => {
  const passed = await record(0.1);
  expect(conformReport({ ...passed, run: { ...passed.run, interrupted: true } }).outcome).toBe('inconclusive');
});

test('one timeline for the canary: Git, then the API object, then every path that was observed', async () => {
  const input = await record(0.1);
  const [timeline, ...others] = conformReport(input).timelines;
  expect(others).toEqual([]);
  expect(timeline).toMatchObject({ arm: 'v3', title: 'Share of v3' });
  expect(timeline?.declared.map(({ layer, share }) => `${layer} ${share}`)).toEqual(['git 0.1', 'api 0.1']);
  expect(timeline?.declared[1]?.source).toMatch(/^VirtualService reviews resourceVersion .* by argocd-controller$/);
  expect(timeline?.series.map(({ path }) => path)).toEqual(['ingress', 'mesh', 'prometheus']);
  // a later phase on the same path continues the same line
  const twice = conformReport({
    ...input,
    results: [...input.results, { ...input.results[0]!, series: [input.phases[0]!.result.series] }],
  });
  const bins = (report: RunReport) => report.timelines[0]?.series[0]?.bins.length ?? 0;
  expect(bins(twice)).toBe(2 * bins(conformReport(input)));
});

test('bad books are findings of the instrument', async () => {
  const input = await record(0.1);
  const [result] = input.results;
  const books = result!.books!.map((book, index) => (index === 0 ? { ...book, problems: ['5 lost'] } : book));
  const { findings } = conformReport({ ...input, results: [{ ...result!, books }] });
  expect(findings).toMatchObject([
    { code: 'BOOKS', layer: 'instrument', sentence: expect.stringMatching(/: 5 lost$/) },
  ]);
});

test('what proxies held is drawn from when the last of them took it; those that do not split are left out', async () => {
  const made = await record(0.1);
  const steps = () =>
    (conformReport(made).timelines[0]?.declared ?? [])
      .filter(({ layer }) => layer === 'xds')
      .map(({ atMs, share, source }) => [atMs, share, source]);
  const took = (proxy: string, atMs: number, weights: Record<string, number>) =>
    made.recorder.layers.route({
      ...{ proxy: `bookinfo/${proxy}`, host: 'reviews.bookinfo.svc.cluster.local', version: '' },
      ...{ atMs, sinceMs: undefined, weights },
    });
  took('gateway', 1, { '(whole host)': 100 });
  took('a', 10, { 'reviews-v1': 90, 'reviews-v3': 10 });
  took('b', 20, { 'reviews-v1': 90, 'reviews-v3': 10 });
  took('a', 30, { 'reviews-v1': 75, 'reviews-v3': 25 });
  expect(steps()).toEqual([[10, 0.1, '1 proxies']]);
  took('b', 45, { 'reviews-v1': 75, 'reviews-v3': 25 });
  expect(steps()).toEqual([
    [10, 0.1, '1 proxies'],
    [45, 0.25, '2 proxies'],
  ]);
});
