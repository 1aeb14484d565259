import { expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { withOwnTemplates } from './own-templates.ts';

const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'shop' }] } };
const selector = { matchLabels: { app: 'shop' } };
const rollout = (spec: Readonly<Record<string, unknown>>): KubeObject => ({
  kind: 'Rollout',
  metadata: { name: 'shop', namespace: 'web' },
  spec,
});
const deployment = (namespace: string): KubeObject => ({
  kind: 'Deployment',
  metadata: { name: 'shop', namespace },
  spec: { replicas: 0, selector, template },
});
const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };

test('a Rollout has the template that it refers to, and the Deployment is left out of the copy', () => {
  const other = { kind: 'Service', metadata: { name: 'shop', namespace: 'web' } };
  expect(withOwnTemplates([rollout({ replicas: 4, workloadRef }), deployment('web'), other])).toEqual([
    rollout({ replicas: 4, selector, template }),
    other,
  ]);
});

test('its own selector stays', () => {
  const wide = { matchLabels: { app: 'shop', tier: 'web' } };
  const [found] = withOwnTemplates([rollout({ workloadRef, selector: wide }), deployment('web')]);
  expect(found?.spec).toEqual({ selector: wide, template });
});

test('nothing is changed where a Rollout has a template, or nobody here has the one that it refers to', () => {
  const whole = [rollout({ selector, template }), deployment('web')];
  expect(withOwnTemplates(whole)).toEqual(whole);
  const elsewhere = [rollout({ workloadRef }), deployment('other')];
  expect(withOwnTemplates(elsewhere)).toEqual(elsewhere);
});
