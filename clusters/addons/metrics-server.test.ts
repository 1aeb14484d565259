import { expect, test } from 'vitest';
import { isAvailable } from './metrics-server.ts';

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
