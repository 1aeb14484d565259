import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { stopSignal } from './cri-containers.ts';

test.each([
  ['RUNTIME_DEFAULT', constants.signals.SIGTERM],
  ['', constants.signals.SIGTERM],
  ['SIGUSR1', constants.signals.SIGUSR1],
  ['SIGQUIT', constants.signals.SIGQUIT],
  ['SIGRTMIN', 34],
  ['SIGRTMINPLUS3', 37],
  ['SIGRTMAXMINUS1', 63],
])('the stop signal %s is %i', (name, number) => {
  expect(stopSignal(name)).toBe(number);
});
