import { describe, expect, test } from 'vitest';
import type { KubeObject } from './object.ts';
import { containerStatuses, isEstablished, isPodReady, isRolledOut } from './readiness.ts';

describe('isRolledOut', () => {
  const workload = (status: object, spec: object = { replicas: 2 }, generation = 3): KubeObject => ({
    metadata: { name: 'web', generation },
    spec: { ...spec },
    status: { ...status },
  });
  const done = { observedGeneration: 3, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

  test('every replica new and available', () => expect(isRolledOut(workload(done))).toBe(true));
  test('one replica where the specification names none', () => {
    const one = { observedGeneration: 3, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
    expect(isRolledOut(workload(one, {}))).toBe(true);
  });
  test('scaled to nothing', () => {
    expect(isRolledOut(workload({ observedGeneration: 3 }, { replicas: 0 }))).toBe(true);
  });
  test.each([
    ['not there', undefined],
    ['no status yet', { metadata: { name: 'web', generation: 1 } }],
    ['the controller has not seen the newest template', workload({ ...done, observedGeneration: 2 })],
    ['an old pod is still there', workload({ ...done, replicas: 3 })],
    ['not all replicas are of the newest template', workload({ ...done, updatedReplicas: 1 })],
    ['one is not available', workload({ ...done, availableReplicas: 1 })],
    // the API server leaves a zero out: ready, but minReadySeconds are not over
    ['none is available yet', workload({ ...done, availableReplicas: undefined })],
  ])('not when %s', (_, object) => expect(isRolledOut(object as KubeObject | undefined)).toBe(false));
});

test('a definition is served when its condition Established is True', () => {
  const crd = (conditions?: object[]): KubeObject => ({ metadata: { name: 'x' }, status: { conditions } });
  expect(
    isEstablished(
      crd([
        { type: 'NamesAccepted', status: 'True' },
        { type: 'Established', status: 'True' },
      ]),
    ),
  ).toBe(true);
  expect(isEstablished(crd([{ type: 'Established', status: 'False' }]))).toBe(false);
  expect(isEstablished(crd())).toBe(false);
  expect(isEstablished(undefined)).toBe(false);
});

describe('pods', () => {
  const status = (name: string, ready = true) => ({ name, ready, restartCount: 0 });
  /** As with Istio's native sidecars: one init container that ends, one that runs on. */
  const meshed = (proxyReady: boolean, metadata: object = {}): KubeObject => ({
    metadata: { name: 'p', ...metadata },
    spec: {
      containers: [{ name: 'app' }],
      initContainers: [{ name: 'istio-init' }, { name: 'istio-proxy', restartPolicy: 'Always' }],
    },
    status: {
      containerStatuses: [status('app')],
      initContainerStatuses: [status('istio-init', false), status('istio-proxy', proxyReady)],
    },
  });

  test('a native sidecar counts, an init container that ended does not: 2/2', () => {
    expect(containerStatuses(meshed(true)).map(({ name }) => name)).toEqual(['app', 'istio-proxy']);
    expect(isPodReady(meshed(true))).toBe(true);
  });
  test('a sidecar that is not ready makes the pod 1/2', () => expect(isPodReady(meshed(false))).toBe(false));
  test('a pod on its way out is not ready, whatever its containers say', () => {
    expect(isPodReady(meshed(true, { deletionTimestamp: '2026-01-02T03:04:05Z' }))).toBe(false);
  });
  test('a container without a status yet is not ready', () => {
    const pod = meshed(true);
    expect(isPodReady({ ...pod, status: { containerStatuses: [status('app')] } })).toBe(false);
    expect(isPodReady({ metadata: { name: 'p' }, spec: { containers: [{ name: 'app' }] } })).toBe(false);
  });
});
