import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { SCENARIO_FILE, scenarioConfigMap } from './build-load-test.ts';

test('the Job of zero-downtime runs the scenario of this package, as it is now (npm run build:load-test)', async () => {
  expect(await readFile(SCENARIO_FILE, 'utf8')).toBe(await scenarioConfigMap());
});
