import { describe, expect, test } from 'vitest';
import { matches } from './cri-records.ts';

describe('filters', () => {
  const record = { id: 'c1', sandboxId: 's1', state: 'CONTAINER_RUNNING', labels: { app: 'web', tier: 'front' } };
  test.each([
    [null, true],
    [{ id: '', labelSelector: {} }, true],
    [{ id: 'c1', labelSelector: {} }, true],
    [{ id: 'c2', labelSelector: {} }, false],
    [{ id: '', podSandboxId: 's2', labelSelector: {} }, false],
    [{ id: '', podSandboxId: 's1', labelSelector: { app: 'web' } }, true],
    [{ id: '', state: { state: 'CONTAINER_EXITED' }, labelSelector: {} }, false],
    [{ id: '', state: { state: 'CONTAINER_RUNNING' }, labelSelector: { app: 'web', tier: 'back' } }, false],
  ])('%j matches: %s', (filter, expected) => {
    expect(matches(filter, record)).toBe(expected);
  });
});
