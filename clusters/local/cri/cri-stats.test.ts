import { describe, expect, test } from 'vitest';
import { parseNetworkUsage, parseProcessUsage, readContainerUsage, sumUsage } from './cri-stats.ts';

const STAT =
  '12 (a (strange) name) S 1 12 12 0 -1 4194560 993 20 3 4 11 7 5 2 20 0 1 0 100 2613248 805 18446744073709551615';
const STATUS = 'Name:\ta\nVmRSS:\t    3220 kB\nRssAnon:\t     200 kB\nRssFile:\t    3000 kB\nRssShmem:\t      20 kB\n';

describe('a process', () => {
  test('is read past a name with brackets', () => {
    expect(parseProcessUsage(STAT, STATUS)).toEqual({
      cpuTicks: 11 + 7 + 5 + 2,
      ownBytes: 220 * 1024,
      residentBytes: 3220 * 1024,
      pageFaults: 993,
      majorPageFaults: 3,
    });
  });
  test('that ended while it was read is left out', () => {
    expect(parseProcessUsage('', '')).toBeUndefined();
    expect(parseProcessUsage('12 (a) S 1', STATUS)).toBeUndefined();
  });
  test('without memory of its own (a zombie) counts its time', () => {
    expect(parseProcessUsage(STAT, 'Name:\ta\n')).toMatchObject({ cpuTicks: 25, ownBytes: 0, residentBytes: 0 });
  });
});

test('sums', () => {
  const one = parseProcessUsage(STAT, STATUS)!;
  expect(sumUsage([])).toMatchObject({ processCount: 0, cpuTicks: 0 });
  expect(sumUsage([one, one])).toMatchObject({ processCount: 2, cpuTicks: 50, ownBytes: 440 * 1024 });
});

test('this very process is found by its tree', async () => {
  const usage = await readContainerUsage(process.pid, false);
  expect(usage.processCount).toBeGreaterThanOrEqual(1);
  expect(usage.ownBytes).toBeGreaterThan(1024 * 1024);
});

test('a process that is not there has no usage', async () => {
  expect(await readContainerUsage(2 ** 22 + 1, true)).toMatchObject({ processCount: 0 });
});

test('network counters', () => {
  const text =
    'Inter-|   Receive\n face |bytes\n    lo:     1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\n  eth0: 1000 10 5 0 0 0 0 0 2000 20 6 0 0 0 0 0\n';
  expect(parseNetworkUsage(text, 'eth0')).toEqual({ rxBytes: 1000, rxErrors: 5, txBytes: 2000, txErrors: 6 });
  expect(parseNetworkUsage(text, 'eth1')).toBeUndefined();
});
