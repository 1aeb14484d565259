import { expect, test } from 'vitest';
import { samplePlan } from '../../testkit/fakes/fake-services.ts';
import { planPage } from './plan-page.ts';

const sections = (changes: Parameters<typeof samplePlan>[0]) =>
  Object.fromEntries(planPage(samplePlan(changes)).sections.map(({ title, lines }) => [title, lines]));

test('a heading for each part, and none for costs that no claim names', () => {
  expect(planPage(samplePlan())).toMatchObject({ title: 'shop: plan of it', findings: [] });
  expect(sections({})).toEqual({
    Cluster: ['local cluster shop with istio', 'components: k6', 'namespaces: shop (meshed)'],
    ...{ 'Git repository': [], Claims: [], Lint: ['no findings'] },
  });
});

test('costs under the heading that they belong to', () => {
  const costs = [
    { section: 'Steps', line: 'a step' },
    { section: 'Load', line: 'a load' },
    { section: 'Steps', line: 'another' },
  ] as const;
  expect(sections({ costs })).toMatchObject({ Load: ['a load'], Steps: ['a step', 'another'] });
});

test('faults, and what others of the cluster could notice, belong to the cluster', () => {
  const { cluster } = samplePlan();
  const one = { object: 'ConfigMap/a/b', why: 'it tells', claims: ['x/y', 'x/z'] };
  const shared = [
    { ...one, isAllowed: true },
    { ...one, object: 'ConfigMap/a/c', isAllowed: false },
  ];
  const faults = [{ name: 'split', title: 'Another split' }];
  expect(sections({ faults, cluster: { ...cluster, shared } }).Cluster?.slice(3)).toEqual([
    'fault split: Another split',
    'shared with others: ConfigMap/a/b: it tells (x/y, x/z); allowed',
    'shared with others: ConfigMap/a/c: it tells (x/y, x/z); needs --allow-shared ConfigMap/a/c',
  ]);
});

test('what a run changes of manifests of somebody else stands before the claims', () => {
  expect(sections({ changes: ['a Gateway'] })).toMatchObject({ 'Your manifests, except these': ['a Gateway'] });
  expect(Object.keys(sections({}))).not.toContain('Your manifests, except these');
});

test('a finding names file and line apart where it has them', () => {
  const found = { code: 'C', layer: 'manifest', severity: 'warning', sentence: 'is odd', refuses: false } as const;
  const findings = [{ ...found, where: 'a/b.yaml:12:3', hint: 'mend it' }, { ...found, where: 'a.yaml (x/y)' }, found];
  const seen = { code: 'C', severity: 'warning', sentence: 'is odd', refuses: false };
  expect(planPage(samplePlan({ findings })).findings).toEqual([
    { ...seen, file: 'a/b.yaml', line: 12, hint: 'mend it' },
    { ...seen, file: 'a.yaml (x/y)' },
    seen,
  ]);
  expect(sections({ findings }).Lint?.[0]).toBe('warning C a/b.yaml:12:3 is odd');
});

test('how often the policy is wrong stands before the findings, where the profile knows its traffic', () => {
  const titles = planPage(samplePlan({ simulated: ['shop at 5 requests/s: …'] })).sections.map(({ title }) => title);
  expect(titles.slice(-2)).toEqual(['Simulated', 'Lint']);
  expect(sections({})).not.toHaveProperty('Simulated');
});
