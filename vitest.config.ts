import { defineConfig } from 'vitest/config';

/** A module that has not changed is not read anew by the next run. */
const CACHED = { fsModuleCache: true };
/**
 * Files share one process a core, because starting it and loading the same modules again costs more processor time than
 * their tests do; and Node reads the modules itself, so that none can be put in place of another. What a test needs to
 * play is handed in (or by testkit/fakes/played-programs.ts), and what it changes (timers, globals, the environment) it
 * puts back after itself.
 */
const SHARED = { isolate: false, experimental: { viteModuleRunner: false, nodeLoader: false } };

const BEGIN_WITH = './harness/testkit/runner/begin-with.ts';

// unit: no cluster, no built programs. thorough: the same, but whole matrices and measurements over many seeds, of which
// unit holds a small core. integration: needs k6/envoy/cluster programs (npm test builds them).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{harness,clusters,k8s,reports}/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts', '**/*.thorough.test.ts'],
          // a limit against hanging, not a measurement: tests must not fail because the machine is busy
          testTimeout: 60_000,
          globalSetup: BEGIN_WITH,
          // spares a message for each import
          runner: './harness/testkit/runner/unit-runner.ts',
          ...SHARED,
        },
      },
      {
        test: {
          name: 'thorough',
          include: ['{harness,clusters,k8s,reports}/**/*.thorough.test.ts'],
          testTimeout: 300_000,
          globalSetup: BEGIN_WITH,
          // so that it runs what testkit/runner/thorough.ts leaves out of unit
          env: { CANARYPROOF_TESTS: 'thorough' },
          ...CACHED,
        },
      },
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
