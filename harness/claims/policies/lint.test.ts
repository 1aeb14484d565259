import { expect, test } from 'vitest';
import { lintPolicies } from './lint.ts';
import type { PoliciesClaim } from './policies-claim.ts';

const CLAIM: PoliciesClaim = {
  ...{ id: 'shop/policies', title: 'no pod without limits', kind: 'policies', policy: 'limits' },
  ...{ namespace: 'shop', home: 'shop', requires: ['limits.memory'], failsClosed: true, readyWithinMs: 60_000 },
};
const policy = (spec = 'validationActions: [Deny]', kind = 'ValidatingPolicy') => ({
  path: 'policy.yaml',
  text: `apiVersion: policies.kyverno.io/v1\nkind: ${kind}\nmetadata: { name: limits }\nspec: { ${spec} }\n`,
});
const workload = (resources: string) => ({
  path: 'app.yaml',
  text: `apiVersion: apps/v1
kind: Deployment
metadata: { name: cart }
spec:
  template:
    spec:
      containers:
        - { name: cart, resources: ${resources} }
`,
});

test('a policy that refuses, and an application that it admits: nothing to say', () => {
  expect(lintPolicies(CLAIM, [policy(), workload('{ limits: { memory: 1Gi } }')])).toEqual([]);
});

test.each([
  ['a policy that audits', [policy('validationActions: [Audit]')], 'POLICY_ONLY_AUDITS', 'policy.yaml:4:28', 'error'],
  ['one without actions', [policy('validations: []')], 'POLICY_ONLY_AUDITS', 'policy.yaml:4:7', 'error'],
  [
    'one that fails open',
    [policy('validationActions: [Deny], failurePolicy: Ignore')],
    'POLICY_FAILS_OPEN',
    'policy.yaml:4:51',
    'error',
  ],
  ['no policy', [], 'POLICY_UNDECLARED', 'shop/policies', 'error'],
  ['one of the kind before', [policy('rules: []', 'ClusterPolicy')], 'POLICY_UNDECLARED', 'shop/policies', 'error'],
  [
    'an application that would be refused',
    [policy(), workload('{ requests: { memory: 1Gi } }')],
    'POLICY_UNMET',
    'app.yaml:8:11',
    'warning',
  ],
])('%s', (_, files, code, where, severity) => {
  const findings = lintPolicies(CLAIM, files);
  expect(findings).toMatchObject([{ code, where, severity, hint: expect.stringMatching(/\S/) as string }]);
});

test('who means Ignore says so', () => {
  const files = [policy('validationActions: [Deny], failurePolicy: Ignore')];
  expect(lintPolicies({ ...CLAIM, failsClosed: false }, files)).toEqual([]);
});
