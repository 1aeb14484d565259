/** Every rate that a profile knows; quote-profile.test.ts holds where nothing is said. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../cli/run.ts';
import { loadProfile } from '../profile/load-profile.ts';
import { okShare, policySource } from '../simulation/policy-fixture.ts';
import { createFakeWorld } from '../testkit/fakes/fake-world.ts';
import { quoteProfile } from './quote-profile.ts';

const NO_PROGRAMS = {
  kustomize: () => Promise.reject(new Error('nothing here is to be rendered')),
  helm: () => Promise.reject(new Error('nothing here is to be rendered')),
};
const { rollout, templates } = policySource(
  { query: okShare('30s'), interval: '10s', successCondition: 'result[0] >= 0.99' },
  { steps: ['50/60'] },
);
let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'quote-profile-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const APPLICATION = {
  ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'shop', namespace: 'argocd' } },
  spec: {
    project: 'default',
    source: { repoURL: 'https://example.com/shop.git', path: 'deploy', targetRevision: 'HEAD' },
    destination: { server: 'https://kubernetes.default.svc', namespace: 'demo' },
  },
};
const OVERLAY = {
  ...{ apiVersion: 'canaryproof.dev/v1alpha1', kind: 'Overlay' },
  changes: [{ reason: 'the repository brings no Application', add: APPLICATION }],
};

/** A Git repository as `init` leaves it, with its policy in `deploy`. */
async function repository(name: string, simulation: unknown): Promise<string> {
  const where = path.join(root, name);
  const profile = {
    ...{ apiVersion: 'canaryproof.dev/v1alpha1', kind: 'Profile', name: 'shop', title: 'The shop' },
    namespaces: [{ name: 'demo' }],
    source: { repository: { path: '..', unit: 'folder deploy' }, application: 'argocd/application.yaml' },
    ...(simulation === undefined ? {} : { simulation }),
    claims: [{ id: 'shop/sidecars', title: 'Ready', kind: 'sidecars', container: 'istio-proxy' }],
  };
  const files = {
    'deploy/all.yaml': [rollout, ...templates].map((one) => stringify(one)).join('---\n'),
    'canaryproof/profile.yaml': stringify(profile),
    'canaryproof/overlay.yaml': stringify(OVERLAY),
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(where, file)), { recursive: true });
    await writeFile(path.join(where, file), text);
  }
  execFileSync('git', ['init', '-q'], { cwd: where });
  return where;
}

const quoted = async (where: string) =>
  quoteProfile(await loadProfile(where, { packageRoot: where, workingDirectory: where }), NO_PROGRAMS);

test('one sentence for each rate that the profile knows, the same for the same seed', async () => {
  const bad = [{ errorShare: 0.5 }];
  const where = await repository('known', { ratePerSecond: { usual: 100, quiet: 0.5 }, scrape: '5s', bad });
  const sentences = await quoted(where);
  expect(sentences).toEqual([
    expect.stringMatching(/^shop at 100 requests\/s: a perfect canary is stopped in [\d.]+ % \(.+seed 1$/),
    expect.stringMatching(/^shop at 0\.5 requests\/s: .* a canary with 50 % errors is promoted in [\d.]+ %/),
  ]);
  expect(await quoted(where)).toEqual(sentences);
  const world = createFakeWorld({ cwd: path.join(where, 'deploy') });
  await run(world, ['lint', '-q', '--no-color', '-o', 'json']);
  expect(JSON.parse(world.stdoutText()).simulated).toEqual(sentences);
  const plan = createFakeWorld({ cwd: where });
  await run(plan, ['plan', '.', '-o', 'json']);
  expect(plan.stderrText()).toBe('');
  const { sections } = JSON.parse(plan.stdoutText());
  expect(sections).toContainEqual({ title: 'Simulated', lines: sentences });
});
