/** More histories; changed-since.test.ts holds the core. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../../process/package-root.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { createSilentProgress } from '../../../testkit/fakes/silent-progress.ts';
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

test('what the base branch got meanwhile is no change of this one', async () => {
  commitAll(folder, 'base');
  git(folder, 'branch', 'change');
  edit('repository/applications/gridos/base/rollout.yaml', 'setWeight: 10', 'setWeight: 15');
  commitAll(folder, 'of others');
  git(folder, 'switch', '--quiet', 'change');
  expect(await asked('main')).toBe(true);
});

test('a profile that was not there, or not right, has changed', async () => {
  rmSync(path.join(profile, 'profile.yaml'));
  commitAll(folder, 'base');
  cpSync(path.join(packageRoot(), 'k8s/profiles/gridos'), profile, { recursive: true });
  expect(await asked('HEAD')).toBe(false);
});
