import { expect, test } from 'vitest';
import type { KubeObject } from '../../k8s/client/object.ts';
import { copiedSecret, referencedSecrets } from './referenced-secrets.ts';

test('every Secret that a pod template refers to is named once', () => {
  const spec = {
    imagePullSecrets: [{ name: 'registry' }],
    containers: [
      {
        name: 'a',
        env: [
          { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
          { name: 'PLAIN', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } },
        ],
        envFrom: [{ secretRef: { name: 'keys' } }],
      },
    ],
    volumes: [
      { name: 'a', secret: { secretName: 'files' } },
      { name: 'b', projected: { sources: [{ secret: { name: 'parts' } }] } },
    ],
  };
  const rollout: KubeObject = { kind: 'Rollout', metadata: { name: 'a' }, spec: { template: { spec } } };
  const gateway: KubeObject = { kind: 'Gateway', metadata: { name: 'a' }, spec: { secretRef: { name: 'other' } } };
  expect(referencedSecrets([rollout, gateway]).toSorted()).toEqual(['files', 'keys', 'parts', 'registry']);
});

test('a copy has what it holds, and nothing of whoever made it', () => {
  const secret = {
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'shop', uid: '1', ownerReferences: [{ uid: '2' }] },
    type: 'Opaque',
    data: { token: 'eA==' },
  } as unknown as KubeObject;
  expect(copiedSecret(secret, 'copy')).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'copy' },
    type: 'Opaque',
    data: { token: 'eA==' },
  });
});
