import { describe, expect, it } from 'vitest';
import {
  abortRollout,
  NEW_ROLLOUT,
  promoteRollout,
  type RolloutEffect,
  type RolloutFacts,
  type RolloutState,
  reconcileRollout,
} from './rollout-machine.ts';
import { type RolloutPlan, readRolloutPlan } from './rollout-plan.ts';

const READY: Omit<RolloutFacts, 'nowMs'> = {
  canaryAvailable: true,
  canaryAtDesired: true,
  canaryComplete: true,
  stableSuffices: true,
};

const PLAN: RolloutPlan = readRolloutPlan({
  spec: {
    strategy: {
      canary: {
        trafficRouting: { istio: {} },
        analysis: { templates: [{ templateName: 'limits' }], startingStep: 1 },
        steps: [{ setWeight: 10 }, { pause: { duration: '30s' } }, { setWeight: 50 }, { analysis: {} }],
      },
    },
  },
});

interface Line {
  readonly atMs: number;
  readonly state: RolloutState;
  readonly effects: readonly RolloutEffect[];
}

/** Reconciles once a second (and again while something changes), with the facts of that second. */
function run(
  seconds: number,
  facts: (second: number, state: RolloutState) => Partial<RolloutFacts>,
  plan = PLAN,
): Line[] {
  const lines: Line[] = [];
  let state = NEW_ROLLOUT;
  for (let second = 0; second <= seconds; second += 1)
    for (let round = 0; round < 10; round += 1) {
      const nowMs = second * 1000 + 500;
      const next = reconcileRollout(plan, state, { ...READY, nowMs, ...facts(second, state) });
      const changed = JSON.stringify(next.state) !== JSON.stringify(state);
      if (changed || next.effects.length > 0) lines.push({ atMs: nowMs, state: next.state, effects: next.effects });
      state = next.state;
      if (!changed) break;
    }
  return lines;
}

function weights(lines: readonly Line[]): [number, number][] {
  return lines.flatMap(({ atMs, effects }) =>
    effects.flatMap((effect): [number, number][] => (effect.kind === 'set-weight' ? [[atMs, effect.weight]] : [])),
  );
}

describe('a canary that does well', () => {
  const lines = run(80, (second, { stepRun }) => ({
    canaryAvailable: second >= 3,
    canaryAtDesired: second >= 5,
    backgroundPhase: 'Running',
    ...(stepRun ? { stepPhase: second >= 60 ? 'Successful' : 'Running' } : {}),
  }));

  it('gets its weights in order, and ends as the stable version, whose weight counts from the other side', () => {
    expect(weights(lines)).toEqual([
      [5500, 10],
      [35_500, 50], // the pause began at second 5, in whole seconds: half a second shorter than it says
      [60_500, 100],
      [60_500, 0],
    ]);
    expect(lines.at(-1)!.state).toMatchObject({ promoted: true, stepIndex: 4, backgroundRun: false });
  });

  it('starts the background analysis at its step and the analysis of the step at its own, and ends the former', () => {
    const analyses = lines.flatMap(({ atMs, effects }) =>
      effects.flatMap((effect) => (effect.kind === 'set-weight' ? [] : [[atMs, effect.kind, effect.of]])),
    );
    expect(analyses).toEqual([
      [5500, 'start-analysis', 'background'],
      [35_500, 'start-analysis', 'step'],
      [60_500, 'end-analysis', 'background'],
    ]);
  });
});

describe('a canary that is aborted', () => {
  it.each(['Failed', 'Error'] as const)(
    'by a background run that is %s loses its weight only at the next reconciliation',
    (phase) => {
      const lines = run(30, (second) => ({ backgroundPhase: second >= 20 ? phase : 'Running' }));
      const abort = lines.find(({ state }) => state.aborted)!;
      expect(abort).toMatchObject({ atMs: 20_500, effects: [], state: { weight: 10, stepIndex: 0 } });
      expect(lines[lines.indexOf(abort) + 1]).toMatchObject({
        state: { weight: 0 },
        effects: [
          { kind: 'set-weight', weight: 0 },
          { kind: 'end-analysis', of: 'background' },
        ],
      });
    },
  );

  it('by hand ends its analyses', () => {
    const state = abortRollout({ ...NEW_ROLLOUT, weight: 50, stepIndex: 3, stepRun: true, backgroundRun: true });
    expect(reconcileRollout(PLAN, state, { ...READY, nowMs: 0 })).toMatchObject({
      state: { aborted: true, weight: 0, stepIndex: 0, stepRun: false, backgroundRun: false },
    });
  });

  it('keeps the weight as long as the stable pods do not suffice', () => {
    const state = { ...NEW_ROLLOUT, weight: 50, aborted: true };
    expect(reconcileRollout(PLAN, state, { ...READY, nowMs: 0, stableSuffices: false }).state.weight).toBe(50);
  });
});

describe('pauses', () => {
  const manual: RolloutPlan = {
    backgroundFrom: undefined,
    steps: [{ kind: 'setWeight', weight: 20 }, { kind: 'pause', durationMs: undefined }, { kind: 'analysis' }],
  };

  it('without a duration last until a human goes on', () => {
    const lines = run(10_000, () => ({}), manual);
    const state = lines.at(-1)!.state;
    expect([state.stepIndex, state.weight, state.pauses.length]).toEqual([1, 20, 1]);
    const resumed = reconcileRollout(manual, promoteRollout(manual, state), { ...READY, nowMs: 1 });
    expect(resumed.state).toMatchObject({ stepIndex: 2, pauses: [], controllerPause: false });
  });

  it('come from an inconclusive analysis, which is taken again after them', () => {
    const at = (state: RolloutState, stepPhase?: RolloutFacts['stepPhase']) =>
      reconcileRollout(manual, state, { ...READY, nowMs: 5000, ...(stepPhase ? { stepPhase } : {}) });
    const started = at({ ...NEW_ROLLOUT, stepIndex: 2, weight: 20 });
    expect(started.effects).toEqual([{ kind: 'start-analysis', of: 'step' }]);
    const paused = at(started.state, 'Inconclusive');
    expect(paused.state.pauses).toEqual([{ reason: 'InconclusiveAnalysisRun', startedMs: 5000 }]);
    expect(at(paused.state, 'Inconclusive')).toMatchObject({ state: paused.state, effects: [] });
    const again = at(promoteRollout(manual, paused.state), 'Inconclusive');
    expect(again.effects).toEqual([{ kind: 'start-analysis', of: 'step' }]);
    expect(at(again.state, 'Successful').state.stepIndex).toBe(3);
  });

  it('can be skipped ahead of by promote', () => {
    expect(promoteRollout(manual, NEW_ROLLOUT)).toMatchObject({ stepIndex: 1 });
  });
});

describe('weights and pods', () => {
  it('stays with the previous weight until the canary has the replicas for the next', () => {
    const state = { ...NEW_ROLLOUT, stepIndex: 2, weight: 10 };
    const waiting = reconcileRollout(PLAN, state, { ...READY, nowMs: 0, canaryAtDesired: false });
    expect(waiting.state).toMatchObject({ weight: 10, stepIndex: 2 });
    expect(
      reconcileRollout(PLAN, state, { ...READY, nowMs: 0, canaryAvailable: false, canaryAtDesired: false }).state
        .weight,
    ).toBe(0);
  });

  it.each([
    ['blueGreen', { strategy: {} }],
    ['plugins', { strategy: { canary: { trafficRouting: {}, steps: [{ plugin: {} }] } } }],
    ['dynamicStableScale', { strategy: { canary: { trafficRouting: {}, dynamicStableScale: true } } }],
    ['pod counts', { strategy: { canary: {} } }],
  ])('refuses %s', (_, spec) => {
    expect(() => readRolloutPlan({ spec })).toThrow(expect.objectContaining({ code: 'ROLLOUT_UNSUPPORTED' }));
  });
});
