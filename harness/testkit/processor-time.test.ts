import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { childrenMs, ownChildrenMs } from './processor-time.ts';

test('user and system time of ended children, whatever the program is called', () => {
  const rest = 'S 1 2 3 4 5 6 7 8 9 10 700 800 1234 66 20 0 1 0 5 0 0';
  for (const name of ['node', 'a b', 'x) S 1 (y']) expect(childrenMs(`17 (${name}) ${rest}`)).toBe(13_000);
});

test('nothing is known where nothing can be read', () => {
  expect(childrenMs('')).toBeUndefined();
});

test.runIf(process.platform === 'linux')('a program that works is counted when it has ended', async () => {
  const before = (await ownChildrenMs())!;
  execFileSync(process.execPath, ['-e', 'while (process.cpuUsage().user < 60_000);']);
  expect((await ownChildrenMs())! - before).toBeGreaterThanOrEqual(60);
});
