/** What the quick and the thorough tests of bisect share. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { sampleReport } from '../../../../reports/model/samples/sample-report.ts';
import { removeOwnTree } from '../../../process/remove-own-tree.ts';
import { fakeProduct } from '../../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import type { BisectRequest, ConformRequest } from '../../cluster-requests.ts';
import { type BisectParts, bisect } from './bisect.ts';

export const CLAIM = 'gridos/canary-steps';

export let folder: string;

/** Parts that run nothing: `outcomeOf` is what a cluster would have shown. */
export function partsOf(
  outcomeOf: (request: ConformRequest) => 'passed' | 'failed' | Error,
  installed: readonly string[] = [],
) {
  const requests: ConformRequest[] = [];
  const parts: BisectParts = {
    declaredDigest: async () => 'the same',
    installed: async () => installed.map((version) => ({ component: 'argo-rollouts', version })),
    async conform(_world, request) {
      requests.push(request);
      const outcome = outcomeOf(request);
      if (outcome instanceof Error) throw outcome;
      const report = sampleReport(outcome);
      const claims = [{ ...report.claims[0]!, id: CLAIM, outcome }];
      return { ...fakeProduct({ ...report, claims }), directory: `/runs/${requests.length}` };
    },
  };
  return { parts, requests };
}

export function search(
  over: BisectRequest['over'],
  parts: BisectParts,
  profile = 'gridos',
  rate?: number,
  world = createFakeWorld(),
) {
  const conform: ConformRequest = {
    ...{ profile, assurance: undefined, provider: 'local', cleanup: 'always', claims: [], componentVersions: {} },
    ...{ faults: [], clusterName: undefined, ratePerSecond: rate, command: ['canaryproof', 'conform', 'gridos'] },
    runsDirectory: path.join(folder, 'runs'),
  };
  const progress = {
    note: () => undefined,
    step: () => ({ update: () => undefined, done: () => undefined, fail: () => undefined }),
  };
  return bisect(world, { conform, claim: 'canary-steps', over }, progress, parts);
}

/** Called once by each file of tests: makes what they need, and takes it away again. */
export function bisections(): void {
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'canaryproof-bisect-'));
  });
  afterEach(() => removeOwnTree(folder));
}
