/** What a Rollout and its templates say, read as Argo Rollouts reads it. */
import { describe, expect, it } from 'vitest';
import { readPolicy } from './policy.ts';
import { okShare, policySource } from './policy-fixture.ts';

const { rollout, templates, namespace } = policySource({
  query: okShare('1m'),
  interval: '30s',
  successCondition: 'result[0] >= {{args.least}}',
});
type Fields = Readonly<Record<string, unknown>>;
const [limits] = templates as readonly [{ readonly spec: Fields }];

function read(
  { use = {}, given = [{ ...limits, spec: { ...limits.spec, ...use } }] }: { use?: Fields; given?: Fields[] },
  analysis: Fields = {},
) {
  const spec = rollout.spec as { readonly strategy: { readonly canary: Fields } };
  const canary = { ...spec.strategy.canary, analysis: { templates: [{ templateName: 'limits' }], ...analysis } };
  return readPolicy({ ...rollout, spec: { ...spec, strategy: { canary } } }, given, namespace);
}
const conditionOf = (...ask: Parameters<typeof read>) => read(...ask).background!.metrics[0]!.successCondition;
const withCode = (code: string) => expect.objectContaining({ code });
const least = (value?: string) => ({ args: [{ name: 'least', ...(value === undefined ? {} : { value }) }] });

describe('arguments', () => {
  it('are the default of the template, or what the Rollout gives; the last one wins', () => {
    expect(conditionOf({ use: least('0.9') })).toBe('result[0] >= 0.9');
    expect(conditionOf({ use: least() }, { args: [{ name: 'least', value: 0.95 }] })).toBe('result[0] >= 0.95');
    const twice = [
      { name: 'least', value: '0.1' },
      { name: 'least', value: '0.2' },
    ];
    expect(conditionOf({ use: least('0.9') }, { args: twice })).toBe('result[0] >= 0.2');
  });

  it('given without a value are an empty text, whatever the default is', () => {
    expect(conditionOf({ use: least('0.9') }, { args: [{ name: 'least' }] })).toBe('result[0] >= ');
    const field = { name: 'least', valueFrom: { fieldRef: { fieldPath: "metadata.labels['none']" } } };
    expect(conditionOf({ use: least('0.9') }, { args: [field] })).toBe('result[0] >= ');
  });

  it('that no template declares are ignored', () => {
    expect(() => read({}, least('0.9'))).toThrow(withCode('ANALYSIS_ARGUMENT_UNRESOLVED'));
  });

  it('declared without a default and given by nobody: no run is made, also where nothing uses it', () => {
    const unused = { args: [{ name: 'least', value: '0.9' }, { name: 'other' }] };
    expect(() => read({ use: unused })).toThrow(/the argument other has no value/);
  });

  it('are shared by the templates of one analysis', () => {
    const other = { kind: 'AnalysisTemplate', metadata: { name: 'other' }, spec: { ...least('0.7'), metrics: [] } };
    const both = { templates: [{ templateName: 'limits' }, { templateName: 'other' }] };
    expect(conditionOf({ given: [{ ...limits, spec: { ...limits.spec, ...least() } }, other] }, both)).toBe(
      'result[0] >= 0.7',
    );
  });
});

describe('templates', () => {
  const cluster = { ...limits, kind: 'ClusterAnalysisTemplate', spec: { ...limits.spec, ...least('0.5') } };
  const own = { ...limits, spec: { ...limits.spec, ...least('0.9') } };
  const ofCluster = { templates: [{ templateName: 'limits', clusterScope: true }] };

  it('of one name and two kinds are told apart by clusterScope', () => {
    expect(conditionOf({ given: [own, cluster] })).toBe('result[0] >= 0.9');
    expect(conditionOf({ given: [own, cluster] }, ofCluster)).toBe('result[0] >= 0.5');
  });

  it('of the other kind are not found', () => {
    const code = 'SIMULATION_TEMPLATE_MISSING';
    expect(() => read({ given: [cluster] })).toThrow(
      expect.objectContaining({ code, hint: expect.stringContaining('set clusterScope: true') }),
    );
    expect(() => read({ given: [own] }, ofCluster)).toThrow(
      expect.objectContaining({ code, hint: expect.stringContaining('leave clusterScope out') }),
    );
  });

  it('named twice, and by another one as well, are run once', () => {
    const outer = {
      kind: 'AnalysisTemplate',
      metadata: { name: 'outer' },
      spec: { templates: [{ templateName: 'limits' }] },
    };
    const use = { templates: [{ templateName: 'limits' }, { templateName: 'outer' }, { templateName: 'limits' }] };
    expect(read({ given: [own, outer] }, use).background!.metrics).toHaveLength(1);
  });

  it('with a metric without a provider, or without a query, are refused', () => {
    for (const provider of [undefined, {}, { prometheus: {} }])
      expect(() => read({ use: { metrics: [{ name: 'good', provider }] } })).toThrow(withCode('SIMULATION_PROVIDER'));
  });
});
