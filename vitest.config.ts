import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const UNIT = {
  include: ['{harness,clusters,k8s,reports}/**/*.test.ts'],
  exclude: ['**/*.integration.test.ts', '**/*.thorough.test.ts', '**/rooms.test.ts'],
  // a limit against hanging, not a measurement: tests must not fail because the machine is busy
  testTimeout: 60_000,
};

/**
 * What changes modules or the process for every test that comes after it in the same process (the fakes of Rollouts
 * replace timers and fetch), or asks for every child of its process. Files with one of these get a process of their own;
 * the others share one a core, because starting it and loading the same modules again costs more processor time than
 * their tests do.
 */
const CHANGES_ITS_PROCESS = [
  /\bvi\.(?:mock|doMock|useFakeTimers|spyOn|stubEnv|stubGlobal|resetModules)\(/,
  /\bprocess\.(?:chdir|umask)\(|\b(?:process\.env(?:\.\w+|\[[^\]]+\])|globalThis\.\w+) = /,
  /\/testkit\/rollouts\/|\bchildPids\(/,
];
const isolated = globSync(UNIT.include, { exclude: ['**/node_modules/**', ...UNIT.exclude] }).filter((file) =>
  CHANGES_ITS_PROCESS.some((sign) => sign.test(readFileSync(file, 'utf8'))),
);

// unit, unit-isolated: no cluster, no built programs. thorough: the same, but whole matrices and measurements over many
// seeds, of which unit holds a small core. integration: needs k6/envoy/cluster programs (npm test builds them).
export default defineConfig({
  test: {
    projects: [
      { test: { ...UNIT, name: 'unit', exclude: [...UNIT.exclude, ...isolated], isolate: false } },
      { test: { ...UNIT, name: 'unit-isolated', include: isolated } },
      {
        test: {
          name: 'thorough',
          include: ['{harness,clusters,k8s,reports}/**/*.thorough.test.ts'],
          testTimeout: 300_000,
        },
      },
      { test: { name: 'rooms', include: ['harness/testkit/rooms.test.ts'], testTimeout: 120_000 } },
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
