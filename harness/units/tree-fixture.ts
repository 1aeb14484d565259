/** Small repositories in a temporary folder, for tests. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { environmentError } from '../errors/harness-error.ts';
import type { RenderPrograms } from './unit-model.ts';

/** @param files text by path */
export function writeTree(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'canaryproof-test-tree-')));
  addFiles(root, files);
  return root;
}

export function addFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
}

export function git(root: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', ['-C', root, ...identity, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

export function commitAll(root: string, message = 'change'): string {
  if (!existsSync(path.join(root, '.git'))) git(root, 'init', '--quiet', '--initial-branch=main');
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--allow-empty', '--message', message);
  return git(root, 'rev-parse', 'HEAD');
}

/** What plain manifests must never need. */
export const noPrograms: RenderPrograms = {
  kustomize: () => Promise.reject(environmentError('PROGRAM_MISSING', 'there is no kustomize in this test')),
  helm: () => Promise.reject(environmentError('PROGRAM_MISSING', 'there is no helm in this test')),
};

export const service = (name: string, namespace?: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}${namespace ? `, namespace: ${namespace}` : ''} }\nspec: { selector: { app: ${name} } }\n`;

/** An Application that reads a folder; `extra` are lines of its source. */
export const application = (name: string, folder: string, extra = '', namespace = 'shop'): string =>
  `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec:
  source:
    repoURL: https://git.example.com/shop.git
    path: ${folder}
${extra}  destination: { namespace: ${namespace} }
`;

/** A route of `reviews` with two weights. */
export const splitRoutes = (first: number, second: number): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews]
  http:
    - name: jason
      match: [{ headers: { user: { exact: jason } } }]
      route:
        - destination: { host: reviews, subset: v1 }
          weight: ${first}
        - destination: { host: reviews, subset: v2 }
          weight: ${second}
    - name: everybody
      route:
        - destination: { host: reviews, subset: v1 }
          weight: ${first}
        - destination: { host: reviews, subset: v2 }
          weight: ${second}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews }
spec:
  host: reviews
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }]
`;
