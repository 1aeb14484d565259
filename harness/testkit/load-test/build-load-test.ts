/**
 * Bundles the scenario that the load test of the profile `zero-downtime` runs: `npm run build:load-test`.
 *
 * It is the very scenario of this tool's own loads, committed as a ConfigMap, so that the Job needs neither this tool nor a
 * bundler. How much load there is, and what it must keep, is written by hand beside it (k6-load-test.yaml).
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { bundleScenario, packagedScenario } from '../../load/k6/bundle-scenario.ts';
import { packageRoot } from '../../process/package-root.ts';

export const SCENARIO_FILE = path.join(
  packageRoot(),
  'k8s/profiles/zero-downtime/repository/load-testing/k6-scenario.yaml',
);

/** The text of the ConfigMap. */
export async function scenarioConfigMap(): Promise<string> {
  const { script } = await bundleScenario({
    scenarioFile: packagedScenario('traffic-split'),
    request: {
      phase: 'load-test',
      url: '',
      headers: {},
      hosts: {},
      identify: { kind: 'header', name: 'x-canaryproof-hops' },
      ratePerSecond: 50,
      maxDurationMs: 20_000,
      preAllocatedVus: 100,
      requestTimeoutMs: 5_000,
      newConnectionPerRequest: false,
    },
  });
  const configMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'k6-scenario' },
    data: { 'scenario.js': withoutSourceMap(script) },
  };
  return `# Made by \`npm run build:load-test\` from scenarios/traffic-split.ts.\n${stringify(configMap, { lineWidth: 0 })}`;
}

const withoutSourceMap = (script: string): string => script.replace(/\n\/\/# sourceMappingURL=data:[^\n]*/, '');

if (import.meta.main) await writeFile(SCENARIO_FILE, await scenarioConfigMap());
