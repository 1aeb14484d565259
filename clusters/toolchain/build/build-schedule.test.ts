import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../catalogue/catalogue.ts';
import { selectRecipes } from '../selection.ts';
import { compileOrder, compileWorkers, runSchedule } from './build-schedule.ts';

const recipes = selectRecipes(
  CATALOGUE,
  ['kubernetes', 'etcd', 'envoy', 'istio'].map((name) => ({ name })),
);

describe('compileOrder', () => {
  it('puts the smallest first and then the longest', () => {
    const go = recipes.filter(({ kind }) => kind === 'go');
    expect(compileOrder(go).map(({ component }) => component)).toEqual(['etcd', 'kubernetes', 'istio']);
    expect(compileOrder([])).toEqual([]);
  });
});

describe('compileWorkers', () => {
  it.each([
    [1, 64, 1],
    [2, 4, 1],
    [2, 16, 2],
    [16, 64, 2],
  ])('%i cores and %i GiB -> %i', (cores, gibibytes, expected) => {
    expect(compileWorkers(cores, gibibytes * 1024 ** 3)).toBe(expected);
  });
});

describe('runSchedule', () => {
  it('downloads the next while one compiles, and compiles the first alone', async () => {
    const events: string[] = [];
    const firstDownloads = Promise.withResolvers<void>();
    await runSchedule(
      recipes,
      2,
      {
        async prefetch({ component }) {
          events.push(`get ${component}`);
          if (component === 'istio') firstDownloads.resolve();
        },
        async build({ component }) {
          events.push(`build ${component}`);
          // Would never end if the other downloads waited for this build.
          if (component === 'etcd') await firstDownloads.promise;
          events.push(`built ${component}`);
        },
      },
      () => undefined,
    );
    expect(events.indexOf('build kubernetes')).toBeGreaterThan(events.indexOf('built etcd'));
    expect(events.filter((event) => event.startsWith('built '))).toHaveLength(4);
  });

  it('stops at the first failure, cancels at once, and throws that error', async () => {
    const started: string[] = [];
    const cancelled = Promise.withResolvers<void>();
    const boom = new RangeError('etcd broke');
    const failures: unknown[] = [];
    const running = runSchedule(
      recipes,
      2,
      {
        prefetch: async () => undefined,
        async build({ component }) {
          started.push(component);
          if (component === 'etcd') throw boom;
          await cancelled.promise;
          throw new RangeError('a consequence');
        },
      },
      (error) => {
        failures.push(error);
        cancelled.resolve();
      },
    );
    await expect(running).rejects.toBe(boom);
    expect(failures).toEqual([boom]);
    expect(started.toSorted()).toEqual(['envoy', 'etcd']);
  });
});
