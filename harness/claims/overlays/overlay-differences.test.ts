import { expect, test } from 'vitest';
import { differencesBetween, isAllowed, objectsOf } from './overlay-differences.ts';

const overlay = (namespace: string, replicas: number, extra = '') =>
  objectsOf(`
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: app, namespace: ${namespace} }
spec: { replicas: ${replicas}, steps: [{ setWeight: 10 }, { pause: {} }] }
${extra}`);
const SERVICE = '---\napiVersion: v1\nkind: Service\nmetadata: { name: app }\n';

test('fields that differ are named with what each overlay says', () => {
  expect(differencesBetween([overlay('dev', 1), overlay('test', 1), overlay('prod', 3)])).toEqual([
    { kind: 'Rollout', name: 'app', path: 'metadata.namespace', values: ['"dev"', '"test"', '"prod"'] },
    { kind: 'Rollout', name: 'app', path: 'spec.replicas', values: ['1', '1', '3'] },
  ]);
});

test('the same thrice is no difference', () => {
  expect(differencesBetween([overlay('a', 1), overlay('a', 1), overlay('a', 1)])).toEqual([]);
});

test('objects of one name in two namespaces are two, however the overlays call these', () => {
  const two = (stage: string, first: number) =>
    objectsOf(
      [
        `{ apiVersion: v1, kind: Service, metadata: { name: app, namespace: a-${stage} }, spec: { port: ${first} } }`,
        `{ apiVersion: v1, kind: Service, metadata: { name: app, namespace: b-${stage} }, spec: { port: 1 } }`,
      ].join('\n---\n'),
    );
  const found = differencesBetween([two('dev', 1), two('prod', 2)]);
  expect(found.map(({ path, values }) => [path, ...values])).toEqual([
    ['metadata.namespace', '"a-dev"', '"a-prod"'],
    ['spec.port', '1', '2'],
    ['metadata.namespace', '"b-dev"', '"b-prod"'],
  ]);
});

test('an object that one overlay lacks is a difference as a whole', () => {
  expect(differencesBetween([overlay('a', 1), overlay('a', 1, SERVICE)])).toEqual([
    { kind: 'Service', name: 'app', path: undefined, values: [undefined, 'present'] },
  ]);
});

test('an allowed path covers what is below it, and nothing that only begins alike', () => {
  const at = (path: string | undefined) => ({ kind: 'Rollout', name: 'app', path, values: [] });
  expect(isAllowed(at('spec.steps.0.setWeight'), { kind: 'Rollout', path: 'spec.steps' })).toBe(true);
  expect(isAllowed(at('spec.stepsTaken'), { kind: 'Rollout', path: 'spec.steps' })).toBe(false);
  expect(isAllowed(at('spec.steps'), { kind: 'Service', path: 'spec.steps' })).toBe(false);
  expect(isAllowed(at('metadata.namespace'), { kind: '*', path: 'metadata.namespace' })).toBe(true);
  // that a field may differ does not mean that the object may be missing, nor the other way round
  expect(isAllowed(at(undefined), { kind: 'Rollout', path: 'spec' })).toBe(false);
  expect(isAllowed(at('spec'), { kind: 'Rollout' })).toBe(false);
  expect(isAllowed(at(undefined), { kind: 'Rollout' })).toBe(true);
});
