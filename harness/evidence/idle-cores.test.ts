import os from 'node:os';
import { expect, test } from 'vitest';
import { measureIdleCores } from './idle-cores.ts';

type Read = { readonly idle: number; readonly total: number };
const at = (idle: number, used: number): Read => ({ idle, total: idle + used });

async function measured(cores: number, before: Read, after: Read) {
  const reads = [before, after];
  return measureIdleCores(
    cores,
    async () => undefined,
    () => reads.shift()!,
  );
}

test('what all cores had left, whoever used the rest', async () => {
  expect(await measured(2, at(0, 0), at(3_200, 800))).toBeCloseTo(1.6);
  expect(await measured(2, at(5_000, 9_000), at(7_000, 11_000))).toBeCloseTo(1);
});

test('of the cores that this process may use, where the machine has more', async () => {
  expect(await measured(2, at(0, 0), at(120_000, 8_000))).toBeCloseTo(1.875);
});

test('nothing where no time has passed by the kernel’s count', async () => {
  expect(await measured(2, at(7, 7), at(7, 7))).toBe(0);
});

test('this machine has as many as it has, or fewer', async () => {
  const cores = os.availableParallelism();
  const idle = await measureIdleCores(cores, (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)));
  expect(idle).toBeGreaterThanOrEqual(0);
  expect(idle).toBeLessThanOrEqual(cores);
});
