import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderAll } from '../../reports/all-writers.ts';
import { CAPACITY_ASSURANCE } from '../capacity/search/search-settings.ts';
import type { VirtualSystem } from '../capacity/virtual/system.ts';
import { exitCodeOf } from '../cli/talk/run-output.ts';
import { parseObjective } from '../documents/response-objective.ts';
import { type QueueLoadOptions, queueLoad } from '../testkit/fakes/queue-load.ts';
import { createSilentProgress } from '../testkit/fakes/silent-progress.ts';
import { type CapacityPorts, findCapacity } from './find-capacity.ts';
import type { CapacityInput } from './input.ts';

/** Twenty workers of 50 ms without a queue: 5 % of Poisson arrivals are refused at 305.0/s, of paced ones none below 400/s. */
const POOL: VirtualSystem = {
  name: 'pool',
  arrivals: 'poisson',
  limitSeconds: 0.25,
  server: { kind: 'loss', workers: 20, law: 'fixed', meanSeconds: 0.05 },
};

let runs: string;
beforeEach(async () => {
  runs = path.join(await mkdtemp(path.join(os.tmpdir(), 'canaryproof-capacity-')), 'runs');
});
afterEach(() => rm(path.dirname(runs), { recursive: true }));

function scene(
  change: {
    input?: Partial<CapacityInput>;
    ports?: Partial<CapacityPorts>;
    load?: Partial<QueueLoadOptions>;
    system?: VirtualSystem;
  } = {},
) {
  let clock = Date.UTC(2026, 0, 2);
  const load = queueLoad(change.system ?? POOL, { passed: (ms) => (clock += ms + 1000), ...change.load });
  const progress = createSilentProgress();
  const input: CapacityInput = {
    ...CAPACITY_ASSURANCE.smoke,
    url: 'http://127.0.0.1:1/',
    target: { url: 'http://127.0.0.1:1/', headers: {} },
    hide: (text) => text,
    method: 'GET',
    objective: parseObjective('p95<250ms'),
    fromRate: 50,
    maxRate: 10_000,
    arrivals: 'poisson',
    seed: 7,
    peak: undefined,
    argvPrefix: [],
    runsDirectory: runs,
    command: ['canaryproof', 'capacity'],
    reproduce: 'canaryproof capacity',
    host: { system: 'test', cpus: 2, memoryBytes: 1 },
    ...change.input,
  };
  const ports: CapacityPorts = {
    probe: async () => ({ status: 200, durationMs: 50 }),
    prepareGenerator: async () => ({
      component: { name: 'k6', version: 'v2.2.0', origin: 'a test' },
      createRunner: () => load,
    }),
    readCpu: () => ({ idle: clock, total: clock * 2 }),
    render: renderAll,
    progress,
    ownComponent: { name: 'canaryproof', version: '0.0.0', origin: 'a test' },
    now: () => (clock += 10),
    ...change.ports,
  };
  const controller = new AbortController();
  return { load, progress, controller, run: () => findCapacity(input, ports, controller.signal) };
}

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

  it.each([
    [100, 1.5, 'passed', 0],
    [400, 1, 'failed', 1],
    [305, 1, 'inconclusive', 4],
  ] as const)('of a peak of %s × %s: %s', async (peak, headroom, outcome, code) => {
    const product = await scene({
      input: { peak: { ratePerSecond: peak, headroom, growth: 0.05, takeBack: undefined } },
    }).run();
    expect(product.report.outcome).toBe(outcome);
    expect(product.report.headline).toContain('Peak');
    expect(product.report.capacity![0]!.answers.map(({ question }) => question)).toEqual(['headroom', 'forecast']);
    expect(exitCodeOf(product)).toBe(code);
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
    for (const text of ['', 'p95', 'p100<1s', 'p95>500ms', '95<500ms', 'p95<-1ms', 'p95<5e2ms'])
      expect(code(text)).toBe('CAPACITY_OBJECTIVE');
  });
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
