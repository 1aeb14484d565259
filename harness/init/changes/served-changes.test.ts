import { expect, test } from 'vitest';
import { proposal } from '../proposal-fixture.ts';
import { VERSIONED_SPLIT } from '../repository-fixture.ts';

test('Deployments of a version that is gone stay, in the one that took its place', () => {
  const old = VERSIONED_SPLIT.replaceAll('apiVersion: apps/v1', 'apiVersion: extensions/v1beta1').replace(
    '  selector: { matchLabels: { app: front, version: v1 } }\n',
    '',
  );
  const { changes, claims } = proposal(old);
  const reason = 'Kubernetes serves no extensions/v1beta1 any more';
  expect(changes.filter((one) => one.reason === reason)).toEqual([
    {
      reason,
      object: { kind: 'Deployment', name: 'front-v1' },
      set: { '/apiVersion': 'apps/v1', '/spec/selector': { matchLabels: { app: 'front', version: 'v1' } } },
    },
    { reason, object: { kind: 'Deployment', name: 'front-v2' }, set: { '/apiVersion': 'apps/v1' } },
  ]);
  expect(changes.some(({ drop }) => drop?.kind === 'Deployment')).toBe(false);
  expect(claims.map(({ kind }) => kind)).toContain('traffic-split');
});

test('what has another form in the next version is left out', () => {
  const ingress = 'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: { name: front }\n';
  const { changes } = proposal(`${ingress}---\n${VERSIONED_SPLIT}`);
  expect(changes.find(({ drop }) => drop?.kind === 'Ingress')?.reason).toBe(
    'Kubernetes serves no extensions/v1beta1 any more',
  );
});
