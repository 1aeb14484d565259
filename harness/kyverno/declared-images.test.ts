import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import { declaredImages, trustedKeys } from './declared-images.ts';

const FILES = [
  {
    path: 'all.yaml',
    text: `
apiVersion: apps/v1
kind: Deployment
metadata: { name: cart, namespace: shop }
spec:
  template:
    spec:
      initContainers: [{ name: a, image: "registry.registry.svc/setup:v1" }]
      containers:
        - { name: b, image: "registry.registry.svc/team/cart:v1" }
        - { name: c, image: "registry.registry.svc/team/cart@sha256:0" }
        - { name: d, image: "docker.io/library/nginx" }
---
apiVersion: v1
kind: Pod
metadata: { name: alone }
spec: { containers: [{ name: a, image: "registry.registry.svc/setup:v1" }] }
---
apiVersion: v1
kind: Pod
metadata: { name: elsewhere, namespace: other }
spec: { containers: [{ name: a, image: "registry.registry.svc/other:v1" }] }
---
apiVersion: policies.kyverno.io/v1
kind: ImageValidatingPolicy
metadata: { name: signed }
spec:
  attestors:
    - { name: a, cosign: { key: { kms: "k8s://kyverno/release-key" } } }
    - { name: b, cosign: { key: { kms: "k8s://shop/release-key" } } }
    - { name: c, cosign: { key: { data: PEM } } }
    - { name: d, cosign: { keyless: {} } }
---
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: { name: other }
spec: { attestors: [{ name: a, cosign: { key: { kms: "k8s://kyverno/other" } } }] }
`,
  },
];

test('images of the registry that pods of the namespaces name by a tag, each once', () => {
  expect(declaredImages(FILES, { home: 'shop', namespaces: ['shop'] })).toEqual([
    'registry.registry.svc/team/cart:v1',
    'registry.registry.svc/setup:v1',
  ]);
});

test('keys that a policy about images reads from where Kyverno may read', () => {
  expect(parseManifestSet(FILES, 'shop').objects.flatMap(trustedKeys)).toEqual(['release-key']);
});
