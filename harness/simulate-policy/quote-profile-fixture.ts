/** What the quick and the thorough tests of quote-profile share. */

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { stringify } from 'yaml';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { loadProfile } from '../profile/load-profile.ts';
import { okShare, policySource } from '../simulation/policy-fixture.ts';
import { quoteProfile } from './quote-profile.ts';

const NO_PROGRAMS = {
  kustomize: () => Promise.reject(new Error('nothing here is to be rendered')),
  helm: () => Promise.reject(new Error('nothing here is to be rendered')),
};

const { rollout, templates } = policySource(
  { query: okShare('30s'), interval: '10s', successCondition: 'result[0] >= 0.99' },
  { steps: ['50/60'] },
);

export let root: string;

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
export async function repository(name: string, simulation: unknown): Promise<string> {
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

export const quoted = async (where: string) =>
  quoteProfile(await loadProfile(where, { packageRoot: where, workingDirectory: where }), NO_PROGRAMS);

/** Called once by each file of tests: makes what they need, and takes it away again. */
export function quotedProfiles(): void {
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'quote-profile-'));
  });
  afterAll(() => removeOwnTree(root));
}
