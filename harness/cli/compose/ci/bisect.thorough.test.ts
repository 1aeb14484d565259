import './bisect.test.ts';
import { describe, expect, test } from 'vitest';
import type { ConformRequest } from '../../cluster-requests.ts';
import { bisections, partsOf, search } from './bisect-fixture.ts';

bisections();

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
