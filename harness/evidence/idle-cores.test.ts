import { expect, test } from 'vitest';
import { type CoreTimes, measureIdleCores } from './idle-cores.ts';

const core = (idle: number, user: number, nice = 0): CoreTimes => ({ times: { user, nice, sys: 0, idle, irq: 0 } });

async function measured(before: readonly CoreTimes[], after: readonly CoreTimes[]) {
  const reads = [before, after];
  return measureIdleCores(
    async () => undefined,
    () => reads.shift()!,
  );
}

test('what all cores had left, whoever used the rest', async () => {
  expect(await measured([core(0, 0), core(0, 0)], [core(1_800, 200), core(1_400, 600)])).toBeCloseTo(1.6);
  expect(await measured([core(5_000, 9_000), core(0, 0)], [core(7_000, 9_000), core(0, 0, 2_000)])).toBeCloseTo(1);
});

test('nothing where no time has passed by the kernel’s count', async () => {
  expect(await measured([core(7, 7)], [core(7, 7)])).toBe(0);
});

test('this machine has as many as it has, or fewer', async () => {
  const { availableParallelism } = await import('node:os');
  const idle = await measureIdleCores((ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)));
  expect(idle).toBeGreaterThanOrEqual(0);
  expect(idle).toBeLessThanOrEqual(Math.max(availableParallelism(), (await import('node:os')).cpus().length));
});
