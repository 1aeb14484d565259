import { expect, test } from 'vitest';
import { fieldOwner, newestWriter } from './field-owner.ts';

const argo = {
  manager: 'argocd-controller',
  time: '2026-01-02T03:04:05Z',
  fieldsV1: {
    'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
    'f:spec': { '.': {}, 'f:hosts': {}, 'f:http': {} },
  },
};
const hand = { manager: 'kubectl-edit', time: '2026-01-02T03:05:00Z', fieldsV1: { 'f:spec': { 'f:http': {} } } };
const status = { manager: 'istiod', time: '2026-01-02T04:00:00Z', fieldsV1: { 'f:status': { 'f:conditions': {} } } };
const WEIGHT = ['spec', 'http', 0, 'route', 1, 'weight'];

test('a list that is owned as a whole is owned with everything in it', () => {
  expect(fieldOwner([argo, status], WEIGHT)).toBe('argocd-controller');
});

test('the owner of the field, not the last writer of the object', () => {
  const edited = { ...argo, fieldsV1: { 'f:spec': { '.': {}, 'f:hosts': {} } } };
  expect(fieldOwner([edited, hand, status], WEIGHT)).toBe('kubectl-edit');
  expect(fieldOwner([edited, hand, status], ['spec', 'hosts'])).toBe('argocd-controller');
});

test('who only owns neighbours is not blamed', () => {
  expect(fieldOwner([status], WEIGHT)).toBeUndefined();
  expect(fieldOwner([argo], ['spec', 'gateways'])).toBeUndefined();
  expect(fieldOwner(undefined, WEIGHT)).toBeUndefined();
});

test('of two owners the newer one, and the one that names the field more closely', () => {
  expect(fieldOwner([hand, argo], WEIGHT)).toBe('kubectl-edit');
  const close = { manager: 'rollouts', fieldsV1: { 'f:spec': { 'f:http': { 'i:0': { 'f:route': {} } } } } };
  expect(fieldOwner([hand, close], WEIGHT)).toBe('rollouts');
});

test('the newest writer, whatever it wrote', () => {
  expect(newestWriter([hand, status, argo])).toBe('istiod');
  expect(newestWriter([])).toBeUndefined();
});
