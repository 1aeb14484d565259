import { afterEach, describe, expect, it } from 'vitest';
import { contradictedBins } from '../../../reports/model/timeline-bins.ts';
import { rolloutStatus } from '../../rollouts/rollout-object.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { judgeCanarySteps } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

/** gridos, through the ingress alone unless told otherwise. */
async function prepared(faults: RolloutFaults = {}, budgets = {}) {
  scene = await createFakeRolloutScene('gridos', faults, budgets);
  const claim = scene.claim('canary-steps');
  return { ...claim, paths: [claim.paths[0]] as const };
}
async function judged(faults: RolloutFaults) {
  const { claim, findings = [], splits = [] } = await judgeCanarySteps(await prepared(faults), scene);
  return { ...claim, codes: findings.map(({ code }) => code), splits: splits.map(({ outcome }) => outcome) };
}

describe('judgeCanarySteps', () => {
  it.each(
    fewOf(1, [
      ['through the ingress', 1],
      ['on both paths', 2],
    ]),
  )('passes the steps that gridos declares, %s, with every measurement explained', async (_, paths) => {
    const claim = await prepared();
    const result = await judgeCanarySteps(paths === 1 ? claim : scene.claim('canary-steps'), scene);
    const { claim: seen, splits, books, findings, analyses, timelines } = result;
    expect(seen.outcome).toBe('passed');
    // The canary subset is back at 0 at the end, and its version is the stable one: the line stays at 100 %.
    expect(timelines![0]!.declared.at(-1)).toMatchObject({ share: 1 });
    for (const { series, declared } of timelines!)
      for (const { bins } of series) expect([...contradictedBins(bins, declared)]).toEqual([]);
    for (const clients of ['Ingress', 'In-mesh'].slice(0, paths))
      expect(seen.sentence).toContain(`${clients} clients saw 0 % → 10 % → 25 % → 50 % → 100 %`);
    expect(splits?.map(({ outcome }) => outcome)).toEqual(Array(5 * paths).fill('passed'));
    expect(books?.map(({ outcome }) => outcome)).toEqual(Array(paths).fill('passed'));
    expect(findings).toEqual([]);
    const measurements = analyses?.flatMap((analysis) => analysis.measurements) ?? [];
    expect(measurements.map(({ agrees }) => agrees)).toEqual(Array(36).fill(true));
    expect(scene.time.timers).toBe(0);
    expect(scene.traffic.running).toBe(0);
  });

  it('replays the analyses of this release, and none that an earlier one has left', async () => {
    const claim = await prepared();
    const { namespace, name } = claim.rollout;
    // of samples that no Prometheus has any more, so that the oracle finds another phase
    const at = new Date(scene.now() - 3_600_000).toISOString();
    const measured = { phase: 'Successful', value: '[1]', startedAt: at, finishedAt: at };
    scene.client.write('analysisruns', {
      metadata: { name: 'of-an-earlier-release', namespace, ownerReferences: [{ kind: 'Rollout', name, uid: 'u' }] },
      spec: {
        metrics: [
          {
            name: 'errors',
            successCondition: 'result[0] > 0',
            provider: { prometheus: { query: 'sum(rate(x[30s]))' } },
          },
        ],
      },
      status: {
        phase: 'Successful',
        metricResults: [{ name: 'errors', phase: 'Successful', measurements: [measured] }],
      },
    });
    const { claim: seen, analyses } = await judgeCanarySteps(claim, scene);
    expect(seen.outcome, seen.details.find(({ label }) => label === 'oracle')?.value).toBe('passed');
    expect(analyses?.some(({ run }) => run === 'of-an-earlier-release')).toBe(false);
  });

  thorough('fails when a step is skipped', async () => {
    expect(await judged({ writes: (weight) => (weight === 25 ? 10 : weight) })).toMatchObject({
      outcome: 'failed',
      codes: ['WEIGHT_NOT_AS_BELIEVED'],
    });
  });

  thorough('blames the frozen VirtualService once, and counts what follows', async () => {
    const { outcome, codes, sentence } = await judged({ writes: () => 0 });
    expect([outcome, codes]).toEqual(['failed', ['WEIGHT_NOT_AS_BELIEVED']]);
    expect(sentence).toMatch(/believed 10 % \(status\.canary\.weights\), while VirtualService \S+ said 0 %/);
  });

  it.each<[string, RolloutFaults, string, string]>([
    [
      'a stale sidecar',
      { sidecar: (weight) => Math.min(weight, 10) },
      'XDS_WEIGHTS_DIFFER',
      'the sidecar of gridos-dev/gridos-app-client',
    ],
    [
      'what is below a sidecar that was lost, as far as it was read',
      { sidecar: (weight) => Math.min(weight, 10), readersEndAfterMs: 20_000 },
      'OBSERVED_SHARE_DIFFERS',
      'the sidecar of gridos-dev/gridos-app-client was not read then',
    ],
  ])('blames %s once, for clients in the mesh', async (_, faults, code, said) => {
    scene = await createFakeRolloutScene('gridos', faults);
    const { claim, findings = [] } = await judgeCanarySteps(scene.claim('canary-steps'), scene);
    expect([claim.outcome, findings.map((finding) => finding.code)]).toEqual(['failed', [code]]);
    expect(claim.sentence).toContain(said);
    expect(scene.time.timers).toBe(0);
  });

  thorough('a sidecar that was lost agrees with nobody, and passes no run that was ended', async () => {
    scene = await createFakeRolloutScene('gridos', { readersEndAfterMs: 20_000 });
    const { claim } = await judgeCanarySteps(scene.claim('canary-steps'), scene);
    const layers = claim.details.find(({ label }) => label === 'layers')?.value;
    expect(layers).toMatch(
      /^agree as far as they were read: .+\/gridos-app-client not read from .+ \(killed by a test\)/,
    );
    scene[Symbol.dispose]();
    scene = await createFakeRolloutScene('gridos', { readersEndAfterMs: 20_000 });
    await expectInterrupted(scene, () => judgeCanarySteps(scene.claim('canary-steps'), scene), 30_000);
  });

  it('fails when the healthy version is given up', async () => {
    const measures: RolloutFaults['measures'] = (values) => values.map((value) => (value === 1 ? 0.5 : value));
    const { outcome, codes } = await judged({ measures });
    expect(outcome).toBe('failed');
    // what clients never got follows from it, and is not said beside it
    expect(codes).toEqual(['ROLLOUT_NOT_PROMOTED']);
  });

  it('says what a version answered that was given up', async () => {
    const claim = await prepared();
    const { namespace } = claim.rollout;
    scene.time.onTick(() => {
      const { stableHash, currentHash } = rolloutStatus(scene.client.all('rollouts')[0]!);
      if (currentHash !== stableHash)
        scene.traffic.behaviours.set(`${namespace}/${currentHash}`, { errorShare: '1/1' });
    });
    const { claim: judged } = await judgeCanarySteps(claim, scene);
    expect(judged.outcome).toBe('failed');
    expect(judged.sentence).toMatch(
      /not promoted, but aborted: .* itself answered (\d+) of \1 requests with a server error\./,
    );
  });

  it.each(
    fewOf(1, [
      ['says nothing about a version that is given up while the environment stands still', Infinity, 'invalid'],
      ['fails when a bad version is given up in an environment that stood still before it', 0, 'failed'],
    ]),
  )('%s', async (_, stallEndsMs, outcome) => {
    const claim = await prepared();
    const { namespace } = claim.rollout;
    // the canary errs, as it would for clients that give up
    scene.time.onTick(() => {
      const { stableHash, currentHash } = rolloutStatus(scene.client.all('rollouts')[0]!);
      if (currentHash !== stableHash)
        scene.traffic.behaviours.set(`${namespace}/${currentHash}`, { errorShare: '1/5' });
    });
    const stall = { fromMs: 0, toMs: stallEndsMs, why: 'a control request got no answer for 5.5 s' };
    const seen = { ...scene, environment: { unhealthy: () => [stall] } };
    const { claim: judged, findings = [] } = await judgeCanarySteps(claim, seen);
    expect(judged.outcome).toBe(outcome);
    const [said, unsaid] = ['ENVIRONMENT_STALLED', 'ROLLOUT_NOT_PROMOTED'];
    const codes = findings.map(({ code }) => code);
    expect(codes).toContain(outcome === 'invalid' ? said : unsaid);
    expect(codes).not.toContain(outcome === 'invalid' ? unsaid : said);
    expect(judged.sentence.includes(stall.why)).toBe(outcome === 'invalid');
  });

  thorough('fails when a measurement is not what the scraped samples give', async () => {
    const measures: RolloutFaults['measures'] = (values) => values.map((value) => (value === 1 ? 0.995 : value));
    expect(await judged({ measures })).toMatchObject({ outcome: 'failed', codes: [] });
  });

  it('says by traffic that the rollout did not begin when the controller never moves', async () => {
    const claim = await prepared({ stuck: true }, { commitObservedMs: 30_000 });
    await expect(judgeCanarySteps(claim, scene)).rejects.toMatchObject({
      code: 'PROMISE_NOT_KEPT',
      traffic: { sentence: expect.stringMatching(/^In those 30.0 s v1\.0\.0 answered 100 % of \d+ requests\.$/) },
    });
    expect(scene.time.timers).toBe(0);
    expect(scene.traffic.running).toBe(0);
  });

  thorough('is invalid, and so is every split, when the load ended by itself after the last step', async () => {
    // 105 s are the whole rollout; what is missing are the answers after it
    const { outcome, splits, sentence } = await judged({ endsAfterMs: 104_000 });
    expect(outcome).toBe('invalid');
    expect(new Set(splits)).toEqual(new Set(['invalid']));
    expect(sentence).toContain('ended by itself after 104.0 s');
  });

  it.each(
    fewOf(1, [
      ['before the commit', 3_000],
      ['in the middle of a step', 30_000],
      ['while the last answers are waited for', 103_000],
    ]),
  )('ends at once with a run that ends %s', async (_, afterMs) => {
    const claim = await prepared();
    await expectInterrupted(scene, () => judgeCanarySteps(claim, scene), afterMs);
  });

  it('ends with a run that ends before anybody answered', async () => {
    const claim = await prepared({ answers: () => ({ status: 503, version: null }) });
    const waits = scene.time.pause(60_000, new AbortController().signal);
    const judging = expect(judgeCanarySteps(claim, scene)).rejects.toThrow('interrupted');
    await waits;
    scene.abort(new Error('interrupted'));
    await judging;
  });
});
