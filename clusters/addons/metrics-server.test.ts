import { expect, test } from 'vitest';
import { adapted, isAvailable } from './metrics-server.ts';

const service = (...conditions: { type: string; status: string }[]) => ({
  metadata: { name: 'v1beta1.metrics.k8s.io' },
  status: { conditions },
});

test('an API is available when its condition says so, and not when nothing is said', () => {
  expect(isAvailable(service({ type: 'Available', status: 'True' }))).toBe(true);
  expect(isAvailable(service({ type: 'Available', status: 'False' }))).toBe(false);
  expect(isAvailable(service())).toBe(false);
  expect(isAvailable(undefined)).toBe(false);
});

test('samples twice as long as it may ask; ready without the memory of the node where nobody knows that', () => {
  const deployment = {
    kind: 'Deployment',
    metadata: { name: 'metrics-server' },
    spec: {
      template: {
        spec: {
          containers: [
            {
              args: ['--secure-port=10250', '--metric-resolution=15s'],
              readinessProbe: { httpGet: { path: '/readyz', port: 'https' } },
            },
          ],
        },
      },
    },
  };
  const containerOf = (nodeHasMemory: boolean) =>
    (adapted(deployment, nodeHasMemory) as unknown as typeof deployment).spec.template.spec.containers[0];
  expect(containerOf(true)).toEqual({
    args: ['--secure-port=10250', '--metric-resolution=10s', '--kubelet-request-timeout=5s', '--kubelet-insecure-tls'],
    readinessProbe: { httpGet: { path: '/readyz', port: 'https' } },
  });
  expect(containerOf(false)?.readinessProbe.httpGet).toEqual({ path: '/livez', port: 'https' });
});
