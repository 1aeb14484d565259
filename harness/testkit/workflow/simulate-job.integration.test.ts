/** docs/ci/simulate-job.yaml without a cluster: its manifest, and its container once for each index with the real program. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../cli/run.ts';
import { lintManifests } from '../../lint/lint-manifests.ts';
import { packageRoot } from '../../process/package-root.ts';
import { okShare, policySource } from '../../simulation/policy-fixture.ts';
import { createFakeWorld } from '../fakes/fake-world.ts';
import { containerOf, manifestsOf, runContainer } from './run-container.ts';

const FILE = 'docs/ci/simulate-job.yaml';
const ASKED = ['--traffic', '5/s', '--fano', '1', '--rollouts', '1040'];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'canaryproof-simulate-job-'));
  mkdirSync(path.join(folder, 'bin'));
  symlinkSync(path.join(packageRoot(), 'bin', 'canaryproof'), path.join(folder, 'bin', 'canaryproof'));
  const { rollout, templates } = policySource(
    { query: okShare('30s'), interval: '30s', successCondition: 'result[0] >= 0.99' },
    { steps: ['10/60'] },
  );
  mkdirSync(path.join(folder, 'deploy'));
  writeFileSync(path.join(folder, 'deploy', 'rollout.yaml'), stringify(rollout));
  for (const [index, one] of templates.entries())
    writeFileSync(path.join(folder, 'deploy', `template-${index}.yml`), stringify(one));
  mountAsConfigMap(path.join(folder, 'deploy'), path.join(folder, 'policy'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a pod for each index, no privilege, no token of the cluster, an end', () => {
  const [job] = manifestsOf(FILE) as unknown as [{ spec: { completionMode: string; completions: number } }];
  const { env } = containerOf(FILE);
  expect(job.spec.completionMode).toBe('Indexed');
  expect(env.find(({ name }) => name === 'PARTS')?.value).toBe(String(job.spec.completions));
  const text = JSON.stringify(job);
  expect(text).toContain('"restartPolicy":"Never"');
  expect(text).toContain('"automountServiceAccountToken":false');
  expect(text).toContain('"activeDeadlineSeconds":');
  expect(text).not.toContain('privileged');
  const findings = lintManifests([{ path: FILE, text: readFileSync(path.join(packageRoot(), FILE), 'utf8') }], {});
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('what the pods print, merged, is what one machine prints', { timeout: 120_000 }, async () => {
  const simulated = path.join(folder, 'deploy');
  const logs = [0, 1].map((index) => path.join(folder, `part-${index}.json`));
  for (const [index, log] of logs.entries()) {
    const work = path.join(folder, `work-${index}`);
    mkdirSync(work);
    const { exitCode, output } = await runContainer(containerOf(FILE), {
      ...{ PATH: `${folder}/bin:${process.env.PATH}`, WORK: work, HOME: work, POLICY: path.join(folder, 'policy') },
      ...{ PARTS: '2', JOB_COMPLETION_INDEX: String(index), SIMULATE: ASKED.join('\n') },
    });
    expect({ exitCode, output: exitCode === 0 ? '' : output }).toEqual({ exitCode: 0, output: '' });
    writeFileSync(log, output);
  }
  const one = await simulate(simulated, ...ASKED);
  const merged = await simulate(simulated, ...ASKED, ...logs.flatMap((log) => ['--merge', log]));
  expect(one.exitCode).toBe(0);
  expect(merged).toEqual(one);
  const other = await simulate(simulated, ...ASKED, '--seed', '2', ...logs.flatMap((log) => ['--merge', log]));
  expect(other.stderr).toMatch(/^error SIMULATION_PART_OTHER: /);
});

/** Every file of `from`, as the kubelet mounts it: a link to a link to the folder of a version. */
function mountAsConfigMap(from: string, to: string): void {
  const version = path.join(to, '..2026_01_02');
  cpSync(from, version, { recursive: true });
  symlinkSync('..2026_01_02', path.join(to, '..data'));
  for (const file of readdirSync(from)) symlinkSync(path.join('..data', file), path.join(to, file));
}

async function simulate(...argv: readonly string[]) {
  const world = createFakeWorld({ cwd: folder });
  const exitCode = await run(world, ['simulate', ...argv, '-o', 'json', '-q']);
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}
