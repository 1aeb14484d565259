import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** A module that has not changed is not read anew by the next run. */
const CACHED = { fsModuleCache: true };
const UNIT = {
  include: ['{harness,clusters,k8s,reports}/**/*.test.ts'],
  exclude: ['**/*.integration.test.ts', '**/*.thorough.test.ts', '**/rooms.test.ts'],
  // a limit against hanging, not a measurement: tests must not fail because the machine is busy
  testTimeout: 60_000,
  ...CACHED,
};

/**
 * What puts other modules in place for every test that comes after it in the same process, or asks for every child of its
 * process. Files with one of these get a process of their own; the others share one a core, because starting it and
 * loading the same modules again costs more processor time than their tests do. Whatever else a test changes (timers,
 * globals, the environment) it puts back after itself.
 */
const NEEDS_ITS_PROCESS = [/\bvi\.(?:mock|doMock|resetModules)\(/, /\bprocess\.chdir\(/, /\bchildPids\(/];
const isolated = globSync(UNIT.include, { exclude: ['**/node_modules/**', ...UNIT.exclude] }).filter((file) =>
  NEEDS_ITS_PROCESS.some((sign) => sign.test(readFileSync(file, 'utf8'))),
);

/** Where nothing is put in place of modules, Node reads them itself: a tenth of the processor time less. */
const NATIVE = { experimental: { viteModuleRunner: false, nodeLoader: false } };

// unit, unit-isolated: no cluster, no built programs. thorough: the same, but whole matrices and measurements over many
// seeds, of which unit holds a small core. integration: needs k6/envoy/cluster programs (npm test builds them).
export default defineConfig({
  test: {
    projects: [
      { test: { ...UNIT, name: 'unit', exclude: [...UNIT.exclude, ...isolated], isolate: false, ...NATIVE } },
      { test: { ...UNIT, name: 'unit-isolated', include: isolated } },
      {
        test: {
          name: 'thorough',
          include: ['{harness,clusters,k8s,reports}/**/*.thorough.test.ts'],
          testTimeout: 300_000,
          ...CACHED,
        },
      },
      { test: { name: 'rooms', include: ['harness/testkit/rooms.test.ts'], testTimeout: 120_000, ...CACHED } },
      {
        test: {
          name: 'integration',
          include: ['{harness,clusters,k8s,reports}/**/*.integration.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
