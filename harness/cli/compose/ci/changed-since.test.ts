import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../../process/package-root.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { createSilentProgress } from '../../../testkit/fakes/silent-progress.ts';
import { thorough } from '../../../testkit/runner/thorough.ts';
import { commitAll, git } from '../../../units/tree-fixture.ts';
import type { ConformRequest } from '../../cluster-requests.ts';
import { isUnchangedSince } from './changed-since.ts';

let folder: string;
let profile: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'canaryproof-changed-'));
  profile = path.join(folder, 'delivery', 'profile');
  cpSync(path.join(packageRoot(), 'k8s/profiles/gridos'), profile, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function asked(reference: string): Promise<boolean> {
  const request: ConformRequest = {
    ...{ profile, assurance: undefined, provider: 'local', cleanup: 'always', claims: [], componentVersions: {} },
    ...{ faults: [], runsDirectory: folder, clusterName: undefined, ratePerSecond: undefined, command: [] },
  };
  return isUnchangedSince(createFakeWorld({ cwd: folder }), request, reference, createSilentProgress());
}
const edit = (file: string, from: string, to: string) => {
  const text = readFileSync(path.join(profile, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(path.join(profile, file), text.replace(from, to));
};

test('a change beside the profile reaches nothing; one of a manifest or of a claim does, committed or not', async () => {
  commitAll(folder, 'base');
  git(folder, 'switch', '--quiet', '--create', 'change');
  writeFileSync(path.join(folder, 'README.md'), 'words');
  commitAll(folder, 'words');
  expect(await asked('main')).toBe(true);
  edit('repository/applications/gridos/base/rollout.yaml', 'setWeight: 10', 'setWeight: 15');
  expect(await asked('main')).toBe(false);
  git(folder, 'checkout', '--quiet', '--', '.');
  edit('profile.yaml', 'run: 45m', 'run: 46m');
  commitAll(folder, 'budget');
  expect(await asked('main')).toBe(false);
});

thorough('no repository, and no such commit', async () => {
  await expect(asked('main')).rejects.toMatchObject({ code: 'CHANGED_SINCE_NO_REPOSITORY', exitCode: 2 });
  commitAll(folder, 'base');
  await expect(asked('nowhere')).rejects.toMatchObject({ code: 'CHANGED_SINCE_UNKNOWN', exitCode: 2 });
});
