import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../cli/talk/run-output.ts';
import { parseObjective } from '../documents/response-objective.ts';
import { environmentError } from '../errors/harness-error.ts';
import { fewOf } from '../testkit/runner/thorough.ts';
import { POOL, runs, scene, searchesOfQueues } from './find-capacity-fixture.ts';

searchesOfQueues();

describe('search', () => {
  it('finds the planted capacity, and reports it in every format', async () => {
    const { run, progress } = scene();
    const product = await run();
    const [capacity] = product.report.capacity!;
    expect(capacity!.bracket!.low).toBeLessThan(305);
    expect(capacity!.bracket!.high).toBeGreaterThan(305);
    expect(product.report.run).toMatchObject({ kind: 'capacity', seed: '7', interrupted: false });
    expect(product.report.headline).toContain('Holds p95<250ms up to');
    expect(capacity!.trials.every(({ guards }) => guards.length === 0)).toBe(true);
    const page = String(product.files.get('report.html'));
    expect(page).toContain('<section id="capacity">');
    expect(page).toContain('class="bracket"');
    for (const name of ['summary.md', 'junit.xml']) expect(String(product.files.get(name))).toContain('capacity');
    expect(String(product.files.get('metrics.prom'))).toMatch(
      /canaryproof_capacity_low_requests_per_second\{.*\} 2\d\d/,
    );
    expect(progress.told.join('\n')).toContain('pool');
  });

  it.each(
    fewOf(2, [
      [400, 1, 'failed', 1],
      [305, 1, 'inconclusive', 4],
      [100, 1.5, 'passed', 0],
    ] as const),
  )('of a peak of %s × %s: %s', async (peak, headroom, outcome, code) => {
    const product = await scene({
      input: { peak: { ratePerSecond: peak, headroom, growth: 0.05, takeBack: undefined } },
    }).run();
    expect(product.report.outcome).toBe(outcome);
    expect(product.report.headline).toContain('Peak');
    expect(product.report.capacity![0]!.answers.map(({ question }) => question)).toEqual(['headroom', 'forecast']);
    expect(exitCodeOf(product)).toBe(code);
  });

  it('says at which step a canary saturates, and what its autoscaler sees', async () => {
    const steps = [
      { weightPercent: 10, pods: undefined },
      { weightPercent: 50, pods: 1 },
    ];
    const canary = { replicas: 4, steps, autoscaler: { minPods: 2, maxPods: 8, target: 0.8 } };
    const peak = { ratePerSecond: 200, headroom: 1, growth: undefined, takeBack: undefined, canary };
    const { report, files } = await scene({ input: { peak } }).run();
    const [, answer] = report.capacity![0]!.answers;
    expect(answer).toMatchObject({ question: 'canary-steps', outcome: 'failed' });
    expect(answer!.sentence).toMatch(
      /^The canary saturates at 50 %: its 1 pod gets ×1\.\d\d to ×1\.\d\d of what it holds .* so it adds none\.$/,
    );
    expect(report.outcome).toBe('failed');
    expect(String(files.get('report.html'))).toContain('canary-steps: failed');
  });

  it('is one-sided at --max, and where nothing holds', async () => {
    const max = await scene({ input: { maxRate: 150 } }).run();
    expect(max.report).toMatchObject({ outcome: 'passed', capacity: [{ bracket: { low: 150, limitedBy: 'max' } }] });
    const none = await scene({ system: { ...POOL, server: { kind: 'bucket', ratePerSecond: 0.01, burst: 0 } } }).run();
    expect(none.report).toMatchObject({ outcome: 'failed', capacity: [{ bracket: { limitedBy: 'lowest' } }] });
  });

  it('ends with exit 6 when the budget leaves no bracket', async () => {
    const product = await scene({ input: { budgetSeconds: 120, trialSeconds: 30, fromRate: 0.5 } }).run();
    expect(product.report.outcome).toBe('inconclusive');
    expect(exitCodeOf(product)).toBe(6);
  });
});

describe('the instrument is a suspect', () => {
  const guardsOf = async (change: Parameters<typeof scene>[0]) => {
    const { report } = await scene(change).run();
    return { outcome: report.outcome, codes: report.findings.map(({ code }) => code) };
  };

  it('late', async () => {
    expect(await guardsOf({ load: { lateMs: 40 } })).toEqual({ outcome: 'invalid', codes: ['CAPACITY_LATE'] });
    expect((await guardsOf({ load: { lateMs: 10 } })).codes).not.toContain('CAPACITY_LATE');
  });

  it('unsent', async () => {
    expect(await guardsOf({ load: { sentShare: 0.9 } })).toEqual({ outcome: 'invalid', codes: ['CAPACITY_UNSENT'] });
  });

  it('lost evidence', async () => {
    expect(await guardsOf({ load: { losesEvery: 50 } })).toEqual({
      outcome: 'invalid',
      codes: ['CAPACITY_EVIDENCE_LOST'],
    });
  });

  it('dropped although the subject held nobody', async () => {
    const { outcome, codes } = await guardsOf({ load: { drops: (slot) => slot % 50 === 10 } });
    expect(outcome).toBe('invalid');
    expect(codes).toContain('CAPACITY_DROPPED');
  });

  it('a busy machine voids a bad trial, never a held one', async () => {
    let total = 0;
    const busy = {
      readCpu: () => {
        total += 1;
        return { idle: 0, total };
      },
    };
    const bad = await scene({ ports: busy }).run();
    expect(bad.report.outcome).toBe('invalid');
    expect(bad.report.findings.map(({ code }) => code)).toEqual(['CAPACITY_MACHINE_BUSY']);
    expect(
      bad.report.capacity![0]!.trials.filter(({ share }) => share < 0.01).every(({ guards }) => guards.length === 0),
    ).toBe(true);
  });
});

describe('the generator alone', () => {
  it('is measured before the subject, and leaves no word where it carries everything', async () => {
    const { run, load } = scene({ ceiling: 5000, input: { budgetSeconds: 1800 } });
    const { report } = await run();
    expect(load.requests[0]).toMatchObject({ phase: 'generator-200', url: 'http://127.0.0.1:2/' });
    expect(report.capacity![0]!.generator).toMatchObject({ carried: 1600 });
    expect(report.findings).toEqual([]);
    expect(report.outcome).toBe('passed');
  });

  it('ends the search at what it carries, and the subject gets no more', async () => {
    const { run, load } = scene({ ceiling: 170 });
    const { report, files } = await run();
    const [capacity] = report.capacity!;
    expect(capacity!.bracket).toMatchObject({ limitedBy: 'generator' });
    expect(capacity!.bracket!.low).toBeLessThanOrEqual(170);
    expect(capacity!.bracket!.high).toBeUndefined();
    const subject = load.requests.filter(({ url }) => url === 'http://127.0.0.1:1/');
    expect(Math.max(...subject.map(({ ratePerSecond }) => ratePerSecond))).toBeLessThanOrEqual(170);
    expect(report.headline).toContain('all that the generator carries');
    expect(report.findings).toMatchObject([{ code: 'CAPACITY_GENERATOR_CEILING', severity: 'warning' }]);
    expect(String(files.get('report.html'))).toContain('generator alone: ');
  });

  it('a peak above it is undecided, never failed', async () => {
    const peak = { ratePerSecond: 250, headroom: 1, growth: undefined, takeBack: undefined };
    const product = await scene({ ceiling: 170, input: { peak } }).run();
    expect(product.report.outcome).toBe('inconclusive');
  });

  it('one that carries nothing makes the run invalid', async () => {
    const { run, load } = scene({ ceiling: 0 });
    const { report } = await run();
    expect(report).toMatchObject({ outcome: 'invalid', findings: [{ code: 'CAPACITY_GENERATOR_CEILING' }] });
    expect(load.requests.every(({ url }) => url === 'http://127.0.0.1:2/')).toBe(true);
  });

  it('is said to be unmeasured where it does not reach our server', async () => {
    const nobody = { url: 'http://127.0.0.1:3/', served: () => 0, [Symbol.asyncDispose]: async () => undefined };
    const { report } = await scene({
      ports: { openFastPath: async () => nobody },
      input: { budgetSeconds: 1800 },
    }).run();
    expect(report).toMatchObject({ outcome: 'passed', findings: [{ code: 'CAPACITY_GENERATOR_UNMEASURED' }] });
  });
});

describe('an objective on errors alone', () => {
  it('forgives slow answers, finds what is refused, and lets nobody wait longer', async () => {
    const slow = { ...POOL, server: { ...POOL.server, meanSeconds: 1, workers: 20 } } as typeof POOL;
    const one = scene({
      system: slow,
      input: { objective: parseObjective('errors<5%'), fromRate: 5, budgetSeconds: 900 },
    });
    const { report } = await one.run();
    // twenty workers of 1 s: by Erlang's loss formula 5 % of Poisson arrivals are refused at 15.25/s
    const { bracket } = report.capacity![0]!;
    expect(bracket!.low).toBeLessThan(15.25);
    expect(bracket!.high).toBeGreaterThan(15.25);
    expect(report.headline).toContain('Holds errors<5% up to');
    const subject = one.load.requests.filter(({ url }) => url === 'http://127.0.0.1:1/');
    for (const { requestTimeoutMs, preAllocatedVus, ratePerSecond } of subject) {
      expect(requestTimeoutMs).toBe(5000);
      expect(preAllocatedVus).toBe(Math.ceil(ratePerSecond * 5) + 50);
    }
  });
});

describe('several generators', () => {
  it('find the bracket of one, and the report says how many they were', async () => {
    const [one, two] = [await scene().run(), await scene({ load: { generators: 2 } }).run()];
    const [alone, shared] = [one.report.capacity![0]!, two.report.capacity![0]!];
    expect(shared.bracket).toEqual(alone.bracket);
    expect(shared.trials).toEqual(alone.trials);
    expect([alone.generators, shared.generators]).toEqual([undefined, 2]);
    expect(two.report.claims[0]!.details).toContainEqual({ label: 'generators', value: '2' });
    expect(String(two.files.get('report.html'))).toContain('each from 2 generators');
  });

  it.each([
    ['CAPACITY_LATE', { lateMs: 40 }],
    ['CAPACITY_UNSENT', { sentShare: 0.9 }],
    ['CAPACITY_EVIDENCE_LOST', { losesEvery: 50 }],
    ['CAPACITY_DROPPED', { drops: (slot: number) => slot % 50 === 11 }],
    ['CAPACITY_GENERATOR_DIED', { died: 'K6_EXIT' }],
  ])('are guarded together: %s', async (code, flaw) => {
    const { report } = await scene({ load: { generators: 2, ...flaw } }).run();
    expect(report.outcome).toBe('invalid');
    expect(report.findings.map((finding) => finding.code)).toContain(code);
    expect(report.capacity![0]!.trials).toHaveLength(3);
  });
});

describe('holds the peak?', () => {
  const asked = (ratePerSecond: number, change: Parameters<typeof scene>[0] = {}) => {
    const peak = { ratePerSecond, headroom: 1, growth: undefined, takeBack: undefined, alone: true };
    const { input, ...rest } = change;
    return scene({ input: { peak, budgetSeconds: 1400, ...input }, ...rest });
  };

  it.each([
    [200, 'passed', 0, 80],
    [400, 'failed', 1, 80],
    // nothing decides it at any look
    [305, 'inconclusive', 4, 1280],
  ] as const)(
    '%s/s: %s, in one trial that ends at the first look that decides',
    async (rate, outcome, code, seconds) => {
      const one = asked(rate);
      const product = await one.run();
      expect(product.report.outcome).toBe(outcome);
      expect(exitCodeOf(product)).toBe(code);
      expect(one.load.requests.map(({ ratePerSecond }) => ratePerSecond).at(-1)).toBe(rate);
      const { trials } = product.report.capacity![0]!;
      expect(trials).toMatchObject([{ phase: 'holds' }]);
      if (outcome === 'inconclusive') expect(trials[0]!.seconds).toBe(seconds);
      else expect(trials[0]!.seconds).toBeLessThanOrEqual(seconds);
    },
  );

  it('says nothing when the instrument spoiled its trial, or the generator carries less', async () => {
    const late = asked(200, { load: { lateMs: 40 } });
    expect((await late.run()).report).toMatchObject({ outcome: 'invalid' });
    expect(late.progress.told.join('\n')).toMatch(/: 200\.0\/s: held · says nothing: CAPACITY_LATE$/m);
    const { report } = await asked(200, { ceiling: 100 }).run();
    expect(report).toMatchObject({ outcome: 'invalid', findings: [{ code: 'CAPACITY_GENERATOR_CEILING' }] });
  });

  it('is refused without time for a look', async () => {
    await expect(asked(200, { input: { budgetSeconds: 19 } }).run()).rejects.toMatchObject({ code: 'CAPACITY_BUDGET' });
  });
});

describe('refused before anything is made', () => {
  const refused = async (change: Parameters<typeof scene>[0], code: string) => {
    await expect(scene(change).run()).rejects.toMatchObject({ code });
    expect(await readdir(path.dirname(runs))).toEqual([]);
  };

  it('bad settings and subjects that fail without load', async () => {
    await refused({ input: { fromRate: 100, maxRate: 50 } }, 'CAPACITY_RATES');
    await refused({ input: { budgetSeconds: 60 } }, 'CAPACITY_BUDGET');
    await refused({ input: { width: 3 } }, 'CAPACITY_WIDTH');
    await refused({ ports: { probe: async () => ({ status: 503, durationMs: 1 }) } }, 'ENDPOINT_FAILING');
    await refused({ ports: { probe: async () => ({ status: 200, durationMs: 300 }) } }, 'CAPACITY_LIMIT_UNREACHABLE');
  });

  it('objectives', () => {
    const code = (text: string) => {
      try {
        return parseObjective(text).limitMs;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect([code('p95<500ms'), code('p99.9<2s'), code('p50<5ms')]).toEqual([500, 2000, 5]);
    expect(code('p95<500')).toBe('CAPACITY_OBJECTIVE_UNIT');
    expect(code('p95<4ms')).toBe('CAPACITY_OBJECTIVE_LIMIT');
    expect(code('p0<500ms')).toBe('CAPACITY_SHARE');
    expect(parseObjective('errors<0.5%')).toEqual({
      ...{ text: 'errors<0.5%', objectiveShare: 0.005, limitMs: 5000, errorsOnly: true },
    });
    expect(code('errors<0%')).toBe('CAPACITY_SHARE');
    for (const text of [
      '',
      'errors',
      'errors<1',
      'errors<100%',
      'errors>1%',
      'p95',
      'p100<1s',
      'p95>500ms',
      '95<500ms',
      'p95<-1ms',
      'p95<5e2ms',
    ])
      expect(code(text)).toBe('CAPACITY_OBJECTIVE');
  });
});

it('a generator that fails in the return from an overload leaves the bracket', async () => {
  const one = scene({ input: { pulse: true } });
  const whole = one.load.run.bind(one.load);
  Object.assign(one.load, {
    run: async (...args: Parameters<typeof whole>) => {
      if (args[0].phase.startsWith('return')) throw environmentError('K6_EXIT', 'k6 ended');
      return whole(...args);
    },
  });
  const { report } = await one.run();
  const [capacity] = report.capacity!;
  expect(capacity!.bracket!.low).toBeLessThan(305);
  expect(capacity!.answers).toMatchObject([{ question: 'return', outcome: 'inconclusive' }]);
  expect(report.headline).toContain('is not known: K6_EXIT.');
});

it('an interrupted search is no pass', async () => {
  const one = scene({ ports: {} });
  const whole = one.load.run.bind(one.load);
  let trials = 0;
  Object.assign(one.load, {
    run: async (...args: Parameters<typeof whole>) => {
      const result = await whole(...args);
      trials += 1;
      if (trials === 6) one.controller.abort();
      return result;
    },
  });
  const { report } = await one.run();
  expect(report).toMatchObject({ outcome: 'inconclusive', run: { interrupted: true } });
  expect(report.headline).toContain('interrupted');
});
