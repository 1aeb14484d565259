import { describe, expect, it } from 'vitest';
import { analysisFindingsOf, CANARY_SUCCESS, metricOf } from './analysis-fixture.ts';

function codesOf(steps: readonly unknown[], rest: Record<string, unknown>, startingStep = 0): string[] {
  const analysis = { templates: [{ templateName: 'check' }], startingStep };
  const metric = metricOf(CANARY_SUCCESS, { count: undefined, ...rest });
  const found = analysisFindingsOf({ metrics: [metric], canary: { steps, analysis } });
  return found.map(({ severity, code }) => `${severity} ${code}`);
}

const pause = (duration?: string | number) => ({ pause: duration === undefined ? {} : { duration } });
const TWO = [{ setWeight: 20 }, pause('30s'), { setWeight: 50 }, pause(30)];

describe('steps with an analysis in the background', () => {
  it('that end before it can fail are told', () => {
    expect(codesOf(TWO, { interval: '10s', initialDelay: '2m' })).toEqual(['warning ANALYSIS_STEPS_TOO_SHORT']);
    expect(codesOf(TWO, { interval: '20s', failureLimit: 4 })).toEqual(['warning ANALYSIS_STEPS_TOO_SHORT']);
    expect(codesOf(TWO, { interval: '20s', failureLimit: 3 })).toEqual([]);
    expect(codesOf(TWO, { interval: '10s', initialDelay: '30s' })).toEqual([]);
  });

  it('count from the starting step', () => {
    expect(codesOf(TWO, { interval: '10s', initialDelay: '40s' }, 2)).toEqual(['warning ANALYSIS_STEPS_TOO_SHORT']);
  });

  it('that wait for a human, or for an analysis, take as long as it takes', () => {
    expect(codesOf([...TWO, pause()], { interval: '10s', initialDelay: '2m' })).toEqual([]);
    const waits = { analysis: { templates: [{ templateName: 'check' }] } };
    expect(codesOf([...TWO, waits], { interval: '10s', count: 3, initialDelay: '2m' })).toEqual([]);
  });

  it('may each be too short to be measured', () => {
    expect(codesOf(TWO, { interval: '45s' })).toEqual(['info ANALYSIS_STEP_UNMEASURED']);
    expect(codesOf(TWO, { interval: '30s' })).toEqual([]);
  });

  it('that go on after its last measurement are told', () => {
    const over = ['warning ANALYSIS_OVER_BEFORE_STEPS'];
    expect(codesOf(TWO, { interval: '5s', count: 3 })).toEqual(over);
    expect(codesOf(TWO, { interval: '20s', count: 3 })).toEqual([]);
    expect(codesOf(TWO, { interval: '5s' })).toEqual([]);
    // once, where there is no interval
    expect(codesOf(TWO, { interval: undefined })).toEqual(over);
    // a human may wait for longer than that
    expect(
      codesOf([{ setWeight: 20 }, pause(), { setWeight: 50 }, pause('30s')], { interval: '20s', count: 30 }),
    ).toEqual(over);
  });

  it('may be analysed by steps of their own then', () => {
    const own = { analysis: { templates: [{ templateName: 'check' }] } };
    expect(codesOf([...TWO, own], { interval: '5s', count: 3 })).toEqual([]);
    expect(codesOf([...TWO, { setWeight: 100 }, pause('30s')], { interval: '20s', count: 4 })).toEqual([]);
  });
});
