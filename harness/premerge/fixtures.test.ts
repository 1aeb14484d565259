/** Layouts from the field that need no program, each with the findings that it should have: its own fault and no other. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../process/package-root.ts';
import { readFolderTree } from '../units/repository-tree.ts';
import { noPrograms } from '../units/tree-fixture.ts';
import { judgeRepository } from './judge-repository.ts';

/** Errors and warnings, as `severity CODE file:line`. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  delegate: ['warning ROUTE_NOT_IN_MESH app/routes.yaml:6'],
  'tls-only-rollout': [],
  'tcp-rollout': [],
  'workload-ref': [],
  'two-environment-folders': [],
  'subsets-in-same-named-rules': ['error OBJECT_DUPLICATE app/routes.yaml:20'],
  'helm-value-file-missing': ['error VALUE_FILE_MISSING argocd/application.yaml:10'],
  applicationset: [
    'error IGNORED_ROUTES_NEVER_SYNCED argocd/application.yaml:28',
    'warning APPLICATIONSET_TEMPLATE_IGNORED argocd/application.yaml:13',
    'warning SELF_HEAL_RESETS_WEIGHTS argocd/application.yaml:30',
  ],
  'applicationset-beside': [
    'error IGNORED_ROUTES_NEVER_SYNCED argocd/set.yaml:28',
    'warning APPLICATIONSET_TEMPLATE_IGNORED argocd/set.yaml:13',
    'warning SELF_HEAL_RESETS_WEIGHTS argocd/set.yaml:30',
  ],
};

test.each(Object.entries(EXPECTED))('%s', async (name, expected) => {
  const root = path.join(packageRoot(), 'harness', 'premerge', 'fixtures', name);
  const { findings } = await judgeRepository(await readFolderTree(root, undefined), noPrograms);
  const said = findings.filter(({ severity }) => severity !== 'info');
  expect(said.map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${line}`)).toEqual(expected);
});
