import { expect, test } from 'vitest';
import { lintSignedImages } from './lint.ts';
import type { SignedImagesClaim } from './signed-images-claim.ts';

const CLAIM: SignedImagesClaim = {
  ...{ id: 'shop/signed', title: 'only signed images', kind: 'signed-images', policy: 'signed', namespace: 'shop' },
  ...{ home: 'shop', otherRegistries: 'refused', pinsDigests: true, failsClosed: true, readyWithinMs: 60_000 },
};
const KEY = 'attestors: [{ name: a, cosign: { key: { kms: "k8s://kyverno/release" } } }]';
const policy = (spec: string, kind = 'ImageValidatingPolicy') => ({
  path: 'policy.yaml',
  text: `apiVersion: policies.kyverno.io/v1\nkind: ${kind}\nmetadata: { name: signed }\nspec: { ${spec} }\n`,
});

test('a policy that refuses, and trusts a key of the run: nothing to say', () => {
  expect(lintSignedImages(CLAIM, [policy(`validationActions: [Deny], ${KEY}`)])).toEqual([]);
});

test.each([
  ['a policy that audits', [policy(`validationActions: [Audit], ${KEY}`)], 'POLICY_ONLY_AUDITS', 'policy.yaml:4:28'],
  [
    'one that fails open',
    [policy(`validationActions: [Deny], failurePolicy: Ignore, ${KEY}`)],
    'POLICY_FAILS_OPEN',
    'policy.yaml:4:51',
  ],
  [
    'a key that stands in the policy',
    [policy('validationActions: [Deny], attestors: [{ name: a, cosign: { key: { data: PEM } } }]')],
    'POLICY_KEY_NOT_OF_RUN',
    'policy.yaml:4:47',
  ],
  [
    'a Secret that Kyverno may not read',
    [policy('validationActions: [Deny], attestors: [{ cosign: { key: { kms: "k8s://shop/release" } } }]')],
    'POLICY_KEY_NOT_OF_RUN',
    'policy.yaml:4:47',
  ],
  ['no policy', [], 'POLICY_UNDECLARED', 'shop/signed'],
  [
    'one of another kind',
    [policy('validationActions: [Deny]', 'ValidatingPolicy')],
    'POLICY_UNDECLARED',
    'shop/signed',
  ],
])('%s', (_, files, code, where) => {
  expect(lintSignedImages(CLAIM, files)).toMatchObject([
    { code, where, severity: 'error', hint: expect.stringMatching(/\S/) as string },
  ]);
});

test('who means Ignore says so', () => {
  const files = [policy(`validationActions: [Deny], failurePolicy: Ignore, ${KEY}`)];
  expect(lintSignedImages({ ...CLAIM, failsClosed: false }, files)).toEqual([]);
});
