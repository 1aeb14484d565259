import { defineConfig } from 'vitest/config';

// unit: no cluster, no built programs. integration: needs k6/envoy/cluster programs (npm run test:integration sets them up).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{harness,clusters,k8s,reports}/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts', '**/rooms.test.ts'],
          // a limit against hanging, not a measurement: tests must not fail because the machine is busy
          testTimeout: 60_000,
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
