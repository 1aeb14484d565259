/** The gates of docs/ci without a cluster: their manifests, and what their container runs, with a recorded `canaryproof`. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lintManifests } from '../../lint/lint-manifests.ts';
import { packageRoot } from '../../process/package-root.ts';
import { fewOf } from '../runner/thorough.ts';
import { containerOf, manifestsOf, runContainer } from './run-container.ts';

const GATES = ['docs/ci/gate-rollouts.yaml', 'docs/ci/gate-argocd.yaml'];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'canaryproof-gate-'));
  mkdirSync(path.join(folder, 'bin'));
  mkdirSync(path.join(folder, 'policy', '..data'), { recursive: true });
  // as a ConfigMap is mounted
  writeFileSync(path.join(folder, 'policy', '..data', 'rollout.yaml'), 'kind: Rollout\n');
  symlinkSync('..data/rollout.yaml', path.join(folder, 'policy', 'rollout.yaml'));
  program('npm', 0);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const INSTALLED = 'work/package/node_modules/.bin';

/** Writes down how it was called, one argument a line, and ends as it is told for its first argument. */
function program(name: string, exitCode: number, verb = '', at = name === 'npm' ? 'bin' : INSTALLED): void {
  mkdirSync(path.join(folder, at), { recursive: true });
  const file = path.join(folder, at, name);
  const script = `#!/bin/bash
{ printf '%s\\n' ${name} "$@"; echo .; } >> ${folder}/calls
if [ "$1" = "${verb}" ]; then exit ${exitCode}; fi
`;
  writeFileSync(file, script, { mode: 0o755 });
}

async function runGate(file: string) {
  const work = path.join(folder, 'work');
  mkdirSync(work, { recursive: true });
  const { exitCode, output } = await runContainer(
    containerOf(file),
    { PATH: `${folder}/bin:${process.env.PATH}`, WORK: work, HOME: work, POLICY: path.join(folder, 'policy') },
    { url: 'http://shop-canary/?a=b c', peak: '150' },
  );
  const calls = readFileSync(path.join(folder, 'calls'), 'utf8')
    .split('.\n')
    .filter(Boolean)
    .map((call) => call.trimEnd().split('\n'));
  return { exitCode, output, verbs: calls.map(([, verb]) => verb), calls };
}

test('both run the same', () => {
  const [one, other] = GATES.map((file) => containerOf(file).args);
  expect(one).toEqual(other);
});

describe.each(GATES)('%s', (file) => {
  test('the limits of the policy and then the peak: both proven opens it', async () => {
    program('canaryproof', 0);
    const { exitCode, verbs, calls, output } = await runGate(file);
    expect({ exitCode, output, verbs }).toEqual({
      exitCode: 0,
      output: '',
      verbs: ['install', 'simulate', 'capacity'],
    });
    const [, simulate = [], capacity = []] = calls;
    expect(simulate.slice(0, 5)).toEqual(['canaryproof', 'simulate', `${folder}/work/policy`, '--traffic', '100/s']);
    expect(capacity.join(' ')).toContain('--peak 150 --peak-alone --headroom 1.2');
    if (file.includes('rollouts')) expect(capacity).toContain('http://shop-canary/?a=b c');
    // the file itself, not a link that ends with the mount
    expect(readFileSync(path.join(folder, 'work', 'policy', 'rollout.yaml'), 'utf8')).toBe('kind: Rollout\n');
  });

  test('an image that brings the package installs none', async () => {
    program('canaryproof', 0, '', 'bin');
    expect(await runGate(file)).toMatchObject({ exitCode: 0, output: '', verbs: ['simulate', 'capacity'] });
  });

  test('lint has nothing to say', () => {
    const text = readFileSync(path.join(packageRoot(), file), 'utf8');
    const findings = lintManifests([{ path: file, text }], {});
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('one try, no privilege, no token of the cluster, an end', () => {
    const text = JSON.stringify(manifestsOf(file));
    expect(text).toContain('"backoffLimit":0');
    expect(text).toContain('"restartPolicy":"Never"');
    expect(text).toContain('"automountServiceAccountToken":false');
    expect(text).toContain('"activeDeadlineSeconds":');
    expect(text).not.toContain('privileged');
  });
});

describe('shut by', () => {
  test.each([1, 2, 4])('a policy that ends with %i keeps it shut, and no load is sent', async (code) => {
    program('canaryproof', code, 'simulate');
    expect(await runGate(GATES[0]!)).toMatchObject({ exitCode: code, verbs: ['install', 'simulate'] });
  });

  test.each(fewOf(2, [1, 3, 4, 5, 6]))('a peak that ends with %i keeps it shut', async (code) => {
    program('canaryproof', code, 'capacity');
    expect(await runGate(GATES[0]!)).toMatchObject({ exitCode: code });
  });

  test('a package that cannot be installed keeps it shut', async () => {
    program('canaryproof', 0);
    program('npm', 1, 'install');
    expect(await runGate(GATES[0]!)).toMatchObject({ exitCode: 1, verbs: ['install'] });
  });
});
