import { afterEach, describe, expect, it } from 'vitest';
import type { Scene } from '../../scene/scene.ts';
import {
  createFakeRolloutScene,
  type FakeRolloutScene,
  type RolloutFaults,
} from '../../testkit/rollouts/fake-rollout-scene.ts';
import { expectInterrupted } from '../../testkit/rollouts/interrupted.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { judgeRollback } from './judge.ts';

let scene: FakeRolloutScene;
afterEach(() => scene[Symbol.dispose]());

/** The first rollback claim of gridos, which is about its success rate, with these of its trials and nothing else. */
async function prepared(names: readonly string[], faults: RolloutFaults = {}, budgets = {}) {
  scene = await createFakeRolloutScene('gridos', faults, budgets);
  const whole = scene.claim('rollback-threshold');
  const claim = { ...whole, trials: whole.trials.filter(({ name }) => names.includes(name)) };
  const narrowed: Scene = { ...scene, profile: { ...scene.profile, claims: [claim] } };
  return { claim, judge: () => judgeRollback(claim, narrowed) };
}
async function judged(name: string, faults: RolloutFaults, budgets = {}) {
  const { judge } = await prepared([name], faults, budgets);
  const { claim, boundaries = [], findings = [] } = await judge();
  const [boundary] = boundaries;
  return { outcome: claim.outcome, sentence: claim.sentence, boundary, codes: findings.map(({ code }) => code) };
}

describe('judgeRollback', () => {
  it('passes when just inside is promoted, just outside is aborted, and no traffic waits for a human', async () => {
    const { judge } = await prepared(['success-rate-inside', 'success-rate-outside', 'no-traffic']);
    const { claim, boundaries, findings, books } = await judge();
    expect(boundaries?.map(({ name, outcome, observed }) => [name, outcome, observed.split(';')[0]])).toEqual([
      ['success-rate-inside', 'passed', 'promoted'],
      ['success-rate-outside', 'passed', 'aborted'],
      ['no-traffic', 'passed', 'paused'],
    ]);
    expect(claim.outcome).toBe('passed');
    expect(claim.sentence).toContain('3 of 3 trials of success-rate ended as its limit says; the oracle agrees with');
    expect(findings).toEqual([]);
    expect(books?.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
    expect(scene.time.timers).toBe(0);
    expect(scene.traffic.running).toBe(0);
    expect(scene.client.all('rollouts').map(({ metadata }) => metadata.namespace)).toEqual(['gridos-dev']);
  });

  thorough(
    'says of each claim how long its own trials took, also where they ran beside those of the one before',
    async () => {
      const { claim } = await prepared(['success-rate-inside', 'success-rate-outside']);
      const [inside, outside] = claim.trials.map((trial, index) => ({
        ...claim,
        id: `gridos/${index}`,
        trials: [trial],
      }));
      const both: Scene = { ...scene, profile: { ...scene.profile, claims: [inside!, outside!] } };
      const first = await judgeRollback(inside!, both);
      const second = await judgeRollback(outside!, both);
      expect(Math.min(first.claim.durationMs, second.claim.durationMs)).toBeGreaterThan(10_000);
    },
  );

  it('fails when a version that crosses the limit is promoted', async () => {
    const { judge } = await prepared(['success-rate-outside']);
    const template = scene.client.read('analysistemplates', 'gridos-dev', 'success-rate')!;
    const metrics = (template.spec as { metrics: object[] }).metrics.map((metric) => ({ ...metric, failureLimit: 3 }));
    scene.client.write('analysistemplates', { ...template, spec: { ...template.spec, metrics } });
    const { claim, boundaries } = await judge();
    expect(claim.outcome).toBe('failed');
    expect(boundaries?.[0]?.observed).toMatch(/^promoted/);
  });

  thorough('fails when a measurement is not what the scraped samples give', async () => {
    const { outcome, boundary, codes } = await judged('success-rate-inside', {
      measures: (values) => values.map((value) => value - 0.5),
    });
    expect(outcome).toBe('failed');
    expect(boundary?.observed).toContain('measurements differ from the oracle');
    expect(codes).toContain('ORACLE_DISAGREES');
  });

  thorough('fails when many requests are lost, though the trial ends as its limit says', async () => {
    const { outcome, boundary, codes } = await judged('success-rate-inside', {
      // of the stable version: the canary errs as it was told to
      answers: (answer, { sequence }) =>
        answer.version === 'v1' && sequence % 2 === 1 ? { status: 503, version: null } : answer,
    });
    expect(outcome).toBe('failed');
    expect(boundary?.observed).toContain('requests were lost, and only');
    expect(codes).toEqual(['REQUESTS_LOST']);
  });

  thorough('passes with a warning when one is lost, which cannot change the outcome', async () => {
    const { outcome, boundary, codes } = await judged('success-rate-inside', {
      answers: (answer, { sequence }) => (sequence === 1_000 ? { status: 503, version: null } : answer),
    });
    expect(outcome).toBe('passed');
    expect(boundary).toMatchObject({ lostRequests: 1, outcome: 'passed' });
    expect(codes).toEqual(['REQUESTS_LOST']);
  });

  thorough('blames the layer that parts, once, where a frozen VirtualService keeps a trial from its end', async () => {
    const { outcome, boundary, codes } = await judged(
      'success-rate-inside',
      { writes: () => 0 },
      { podsReadyMs: 30_000 },
    );
    expect(outcome).toBe('failed');
    expect(codes).toEqual(['WEIGHT_NOT_AS_BELIEVED']);
    expect(boundary?.observed).toMatch(/believed \d+ % .+, while VirtualService \S+ said 0 %/);
  });

  it('is invalid when the canary did not err as it was told to', async () => {
    const { outcome, codes } = await judged('success-rate-outside', {
      answers: (answer) => ({ ...answer, status: 200 }),
    });
    expect(outcome).toBe('invalid');
    expect(codes).toEqual(['INJECTION_OFF']);
  });

  thorough('is invalid when the load ended by itself before the rollout did', async () => {
    const { outcome, boundary } = await judged('success-rate-inside', { endsAfterMs: 55_000 });
    expect(outcome).toBe('invalid');
    expect(boundary?.observed).toContain('ended by itself after 55.0 s');
  });

  it('fails when the rollout never comes to an end, and the other trials go on', async () => {
    const faults: RolloutFaults = {};
    const { judge } = await prepared(['success-rate-inside', 'no-traffic'], faults, { rolloutEndsMs: 20_000 });
    const { claim, boundaries } = await judge();
    expect(claim.outcome).toBe('failed');
    expect(boundaries?.map(({ injected }) => injected)).toEqual(['not carried through', 'not carried through']);
    expect(boundaries?.[0]?.observed).toMatch(/the rollout to end: not within 20\.0 s.*In those 20\.0 s v1 answered/);
    expect(scene.time.timers).toBe(0);
  });

  it.each(
    fewOf(1, [
      ['when the load has begun', 1_000],
      ['in the middle of the analysis', () => scene.client.all('analysisruns').length > 0],
      [
        'while the canary falls silent',
        () => scene.client.all('rollouts').some(({ status }) => status?.abort === true),
      ],
    ]),
  )('ends at once with a run that ends %s', async (_, when) => {
    const { judge } = await prepared(['success-rate-outside']);
    await expectInterrupted(scene, judge, when);
  });

  thorough(
    'runs an invalid trial once more beside its first try, in a namespace and under samples of its own',
    async () => {
      const faults: RolloutFaults = { endsAfterMs: 55_000 };
      const { claim } = await prepared(['success-rate-inside'], faults);
      const written: string[] = [];
      const evidence: Scene['evidence'] = {
        createSamples(path) {
          written.push(path);
          // the second try finds nothing wrong
          if (written.length === 2) delete faults.endsAfterMs;
          return { path, count: 0, write: () => undefined, close: () => ({ bytes: 0, sha256: '' }) };
        },
      };
      const watched = { ...scene, evidence, environment: { unhealthy: () => [] } };
      const narrowed: Scene = { ...watched, profile: { ...scene.profile, claims: [claim] } };
      const { claim: judgement, boundaries } = await judgeRollback(claim, narrowed);
      expect(judgement.outcome).toBe('passed');
      expect(boundaries?.map(({ outcome, earlier }) => [outcome, earlier?.outcome])).toEqual([['passed', 'invalid']]);
      expect(written).toEqual([
        'samples-gridos-success-rate-inside.jsonl.gz',
        'samples-gridos-success-rate-inside-again.jsonl.gz',
      ]);
    },
  );

  thorough(
    'gives a trial up in which nobody is answered any more, the control included, and stops its load',
    async () => {
      const stallsMs = 40_000;
      const sinceStart = () => scene.now() - startedMs;
      const { claim } = await prepared(['success-rate-inside'], {
        answers: (answer) => (sinceStart() > stallsMs ? { status: 0, version: null } : answer),
      });
      const startedMs = scene.now();
      const why = 'a control request got no answer for 5.0 s';
      const unhealthy = () =>
        sinceStart() > stallsMs ? [{ fromMs: startedMs + stallsMs, toMs: scene.now(), why }] : [];
      let loadEndedMs = 0;
      scene.time.onTick(() => {
        if (scene.traffic.running > 0) loadEndedMs = sinceStart();
      });
      const narrowed: Scene = { ...scene, environment: { unhealthy }, profile: { ...scene.profile, claims: [claim] } };
      const { boundaries } = await judgeRollback(claim, narrowed);
      expect(boundaries?.map(({ outcome }) => outcome)).toEqual(['invalid']);
      expect(boundaries?.[0]?.observed).toMatch(/^given up after 1\d\.\d s in which nobody was answered/);
      expect(loadEndedMs).toBeLessThan(stallsMs + 15_000);
      expect(scene.time.timers).toBe(0);
    },
  );

  it('begins no trial in a run that is over', async () => {
    const names = ['success-rate-inside', 'success-rate-outside', 'nan-declared', 'nan-both', 'burst', 'low-traffic'];
    const { claim } = await prepared([...names, 'nan-success-only']);
    // beside other claims no wait for a still cluster is in the way of the next batch
    const crowded: Scene = {
      ...scene,
      besideOthers: true,
      idleCores: async () => 2.6,
      profile: { ...scene.profile, claims: [claim] },
    };
    await expectInterrupted(scene, () => judgeRollback(claim, crowded), 10_000);
    // whoever were to begin now would have begun
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const opened = scene.client.writes.filter((write) => write.startsWith('apply Namespace'));
    expect(opened).toHaveLength(names.length);
    expect(scene.recorder.events.filter(({ label }) => label.endsWith(' starts'))).toHaveLength(names.length);
  });
});
