import { describe, expect, it } from 'vitest';
import { analysisFindingsOf, CANARY_SUCCESS, metricOf, type UnitOptions } from './analysis-fixture.ts';

const METRIC = metricOf(CANARY_SUCCESS);
const template = (name: string, metrics: readonly unknown[], spec: Record<string, unknown> = {}) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisTemplate',
  metadata: { name },
  spec: { metrics, ...spec },
});
const runs = (...names: string[]) => ({
  steps: [{ setWeight: 10 }, { analysis: { templates: names.map((templateName) => ({ templateName })) } }],
});

function codesOf(options: UnitOptions): string[] {
  return analysisFindingsOf({ metrics: [METRIC], ...options }).map(({ severity, code }) => `${severity} ${code}`);
}

describe('a template', () => {
  it('that no Rollout runs is told, beside one', () => {
    expect(codesOf({ canary: { steps: [{ setWeight: 10 }] } })).toEqual(['info ANALYSIS_TEMPLATE_UNUSED']);
    expect(codesOf({})).toEqual([]);
    expect(codesOf({ more: [template('other', [{ ...METRIC, name: 'x' }])], canary: runs('check', 'other') })).toEqual(
      [],
    );
  });

  it('may be run by a template, in a blue-green release, or by an experiment', () => {
    const parent = template('parent', [], { templates: [{ templateName: 'check' }] });
    expect(codesOf({ more: [parent], canary: runs('parent') })).toEqual([]);
    const experiment = {
      templates: [{ name: 'a', specRef: 'canary' }],
      analyses: [{ name: 'x', templateName: 'check' }],
    };
    expect(codesOf({ canary: { steps: [{ experiment }] } })).toEqual([]);
    const blueGreen = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'blue' },
      spec: { strategy: { blueGreen: { prePromotionAnalysis: { templates: [{ templateName: 'check' }] } } } },
    };
    expect(codesOf({ more: [blueGreen], canary: { steps: [{ setWeight: 10 }] } })).toEqual([]);
  });

  it('has each name once, alone and together', () => {
    expect(codesOf({ metrics: [METRIC, METRIC] })).toEqual(['error ANALYSIS_METRIC_TWICE']);
    const other = template('other', [METRIC]);
    expect(codesOf({ more: [other], canary: runs('check', 'other') })).toEqual(['error ANALYSIS_METRIC_TWICE']);
    expect(codesOf({ more: [other], canary: { steps: [...runs('check').steps, ...runs('other').steps] } })).toEqual([]);
  });
});

describe('dryRun', () => {
  const dry = (metricName: string) => ({ dryRun: [{ metricName }] });

  it('must name a metric', () => {
    expect(codesOf({ spec: dry('latency') })).toEqual(['error ANALYSIS_DRY_RUN_DEAD']);
    expect(codesOf({ spec: { measurementRetention: [{ metricName: 'latency', limit: 5 }] } })).toEqual([
      'error ANALYSIS_RETENTION_DEAD',
    ]);
    const ofStep = { steps: [{ analysis: { templates: [{ templateName: 'check' }], ...dry('latency') } }] };
    expect(codesOf({ canary: ofStep })).toEqual(['error ANALYSIS_DRY_RUN_DEAD']);
  });

  it('is a regular expression, also of the metrics of others', () => {
    const two = [METRIC, { ...METRIC, name: 'latency' }];
    expect(codesOf({ metrics: two, spec: dry('^lat') })).toEqual([]);
    const other = template('other', [{ ...METRIC, name: 'latency' }]);
    expect(codesOf({ more: [other], spec: dry('latency'), canary: runs('check', 'other') })).toEqual([]);
  });

  it('of everything decides nothing', () => {
    expect(codesOf({ spec: dry('.*') })).toEqual(['warning ANALYSIS_DRY_RUN_ALL']);
  });
});
