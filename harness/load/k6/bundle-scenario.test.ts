import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadRequest } from '../../ports/load.ts';
import { bundleScenario, packagedScenario } from './bundle-scenario.ts';
import { scenarioValues, targetEnvironment } from './scenario-values.ts';

const REQUEST: LoadRequest = {
  phase: 'split',
  url: 'http://bookinfo.example/"quoted"?a=1',
  headers: { 'x-user': `it's </script> \u2028 "me"` },
  hosts: {},
  identify: { kind: 'regex', pattern: 'a\\d+"' },
  ratePerSecond: 100,
  maxDurationMs: 1000,
  preAllocatedVus: 10,
  requestTimeoutMs: 1000,
  newConnectionPerRequest: false,
};

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'canaryproof-test-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('bundleScenario', () => {
  it('leaves only k6 to import and carries the values', async () => {
    const { script } = await bundleScenario({ scenarioFile: packagedScenario('traffic-split'), request: REQUEST });
    const imports = [...script.matchAll(/^import .* from "(.+)";$/gm)].map((match) => match[1]);
    expect([...new Set(imports)].sort()).toEqual(['k6/execution', 'k6/http']);
    const values = /CANARYPROOF_SCENARIO_default = (\{.*\});/.exec(script)?.[1];
    // biome-ignore lint/security/noGlobalEval: the script is what k6 would evaluate.
    expect(globalThis.eval(`(${values})`)).toEqual(scenarioValues(REQUEST));
  });

  it('holds neither address nor headers, in the script or in its source map: they go through the environment', async () => {
    const request = { ...REQUEST, url: 'http://u:canary-1@h.example/?t=canary-2', headers: { 'x-a': 'canary-3' } };
    const { script } = await bundleScenario({ scenarioFile: packagedScenario('traffic-split'), request });
    const map = /sourceMappingURL=data:application\/json;base64,(\S+)/.exec(script)?.[1] ?? '';
    const everything = script + Buffer.from(map, 'base64').toString('utf8');
    expect(everything).toContain('traffic-split.ts');
    expect(everything).not.toMatch(/canary-[123]|h\.example/);
    expect(JSON.parse(targetEnvironment(request).CANARYPROOF_TARGET)).toEqual({
      url: request.url,
      headers: request.headers,
    });
  });

  it('gives the same digest from an installed package without tsconfig as from here, and another for other values', async () => {
    const installed = path.join(directory, 'node_modules', 'canaryproof');
    mkdirSync(installed, { recursive: true });
    cpSync(path.dirname(packagedScenario('traffic-split')), path.join(installed, 'scenarios'), { recursive: true });
    const here = await bundleScenario({ scenarioFile: packagedScenario('traffic-split'), request: REQUEST });
    const there = await bundleScenario({
      scenarioFile: packagedScenario('traffic-split', installed),
      request: { ...REQUEST },
    });
    expect(there).toEqual(here);
    const other = await bundleScenario({
      scenarioFile: packagedScenario('traffic-split'),
      request: { ...REQUEST, ratePerSecond: 101 },
    });
    expect(other.sha256).not.toBe(here.sha256);
  });

  it('says where a scenario does not compile', async () => {
    const scenarioFile = path.join(directory, 'broken.ts');
    writeFileSync(scenarioFile, 'const a = 1;\nexport default function ( {\n');
    await expect(bundleScenario({ scenarioFile, request: REQUEST })).rejects.toMatchObject({
      code: 'SCENARIO_BUNDLE',
      where: expect.stringMatching(/^broken\.ts:\d+:\d+$/) as string,
    });
  });

  it('knows which scenarios there are', () => {
    expect(() => packagedScenario('no-such')).toThrow(expect.objectContaining({ code: 'SCENARIO_UNKNOWN' }));
  });
});
