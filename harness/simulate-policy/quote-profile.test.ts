/** `plan` and `lint` of a repository whose profile knows its traffic: both numbers, and nothing that needs a cluster. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadProfile } from '../profile/load-profile.ts';
import { okShare, policySource } from '../simulation/policy-fixture.ts';
import { profilesOfPaths } from './profiles-of-paths.ts';
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

test('nothing is said without a block, and why not where the policy cannot be simulated', async () => {
  expect(await quoted(await repository('unknown', undefined))).toEqual([]);
  const short = await repository('short', { ratePerSecond: { usual: 1 }, scrape: '1m' });
  expect(await quoted(short)).toEqual([expect.stringMatching(/^not simulated: SIMULATION_WINDOW_EMPTY: /)]);
});

test('profiles are found in what is asked for and where init puts them; one that cannot be read is said', async () => {
  const where = await repository('found', { ratePerSecond: { usual: 1 } });
  const names = async (...paths: readonly string[]) =>
    (await profilesOfPaths(paths)).map((found) => ('profile' in found ? found.profile.name : found.problem));
  expect(await names(path.join(where, 'deploy'), where, path.join(where, 'canaryproof'))).toEqual(['shop']);
  expect(await names(root)).toEqual([]);
  await writeFile(path.join(where, 'canaryproof', 'profile.yaml'), 'kind: [');
  expect(await names(where)).toEqual([expect.stringContaining('PROFILE')]);
});
