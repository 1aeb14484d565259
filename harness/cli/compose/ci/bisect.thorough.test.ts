/** Searches beside each other and again; bisect.test.ts holds the rest. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleReport } from '../../../../reports/model/samples/sample-report.ts';
import { fakeProduct } from '../../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import type { BisectRequest, ConformRequest } from '../../services.ts';
import { type BisectParts, bisect } from './bisect.ts';

const CLAIM = 'gridos/canary-steps';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'canaryproof-bisect-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Parts that run nothing: `outcomeOf` is what a cluster would have shown. */
function partsOf(
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

function search(
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

describe('releases that the toolchain knows', () => {
  const over = { component: 'argo-rollouts', range: { good: '1.7.2', bad: '1.9.2' } };
  const broken = ({ componentVersions }: ConformRequest) =>
    componentVersions['argo-rollouts']!.startsWith('1.9.') ? 'failed' : 'passed';

  test('the same question is answered from what was written down; under other conditions it is another one', async () => {
    await search(over, partsOf(broken).parts);
    const again = partsOf(broken);
    expect((await search(over, again.parts)).report.end).toMatchObject({ firstFailed: 2 });
    expect(again.requests).toEqual([]);
    await search(over, again.parts, 'gridos', 50);
    expect(again.requests).not.toEqual([]);
    const changed = partsOf(broken);
    await search(over, { ...changed.parts, declaredDigest: async () => 'edited' });
    expect(changed.requests).not.toEqual([]);
  });

  test('two at once: the second is refused', async () => {
    const { parts } = partsOf(broken);
    const second: unknown[] = [];
    const first = search(over, {
      ...parts,
      async conform(...call) {
        if (second.length === 0) second.push(await search(over, parts).catch((error: unknown) => error));
        return parts.conform(...call);
      },
    });
    expect((await first).report.end).toMatchObject({ firstFailed: 2 });
    expect(second).toMatchObject([{ code: 'BISECT_IN_USE', exitCode: 3 }]);
  });
});
