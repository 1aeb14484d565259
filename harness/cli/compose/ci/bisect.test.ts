import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentError, usageError } from '../../../errors/harness-error.ts';
import { packageRoot } from '../../../process/package-root.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { thorough } from '../../../testkit/runner/thorough.ts';
import { commitAll } from '../../../units/tree-fixture.ts';
import type { ConformRequest } from '../../cluster-requests.ts';
import { bisections, CLAIM, folder, partsOf, search } from './bisect-fixture.ts';

bisections();

describe('releases that the toolchain knows', () => {
  const over = { component: 'argo-rollouts', range: { good: '1.7.2', bad: '1.9.2' } };
  const broken = ({ componentVersions }: ConformRequest) =>
    componentVersions['argo-rollouts']!.startsWith('1.9.') ? 'failed' : 'passed';

  test('each in a cluster of its own, with that release and a command that shows the same', async () => {
    const { parts, requests } = partsOf(broken, ['1.8.5', '1.9.2']);
    const { report, journal } = await search(over, parts);
    expect(report).toMatchObject({ claim: CLAIM, end: { lastPassed: 1, firstFailed: 2 } });
    expect(requests.map(({ componentVersions }) => componentVersions['argo-rollouts'])).toEqual([
      ...['1.9.2', '1.7.2', '1.8.5', '1.9.0'],
    ]);
    expect(requests[0]).toMatchObject({
      ...{ claims: ['canary-steps'], clusterName: 'gridos-1-9-2', cleanup: 'always' },
      command: ['canaryproof', 'conform', 'gridos', '--component', 'argo-rollouts=1.9.2'],
    });
    expect(readdirSync(path.join(folder, 'runs'))).toEqual([path.basename(journal)]);
  });

  test('what cannot be built or started is run again, then passed over', async () => {
    const { parts } = partsOf((request) =>
      request.componentVersions['argo-rollouts'] === '1.8.5'
        ? environmentError('TOOLCHAIN_BUILD', 'the module proxy does not answer\nmore')
        : broken(request),
    );
    const { report } = await search(over, parts);
    expect(report.end).toEqual({ kind: 'narrowed', lastPassed: 0, firstFailed: 2, undecided: [1] });
    expect(report.candidates[1]?.runs.map(({ sentence }) => sentence)).toEqual([
      'TOOLCHAIN_BUILD: the module proxy does not answer',
      'TOOLCHAIN_BUILD: the module proxy does not answer',
    ]);
  });

  test('interrupted: nothing of that run is kept', async () => {
    const world = createFakeWorld();
    const { parts, requests } = partsOf((request) => {
      if (requests.length === 2) world.interrupt(130);
      return broken(request);
    });
    const { report, journal } = await search(over, parts, 'gridos', undefined, world);
    expect(report.end).toEqual({ kind: 'interrupted' });
    expect(JSON.parse(readFileSync(journal, 'utf8')).runs).toHaveLength(1);
    expect(readdirSync(path.join(folder, 'runs'))).toEqual([path.basename(journal)]);
  });

  test('bad input: nothing is run, and a journal that cannot be read stays as it is', async () => {
    const { parts, requests } = partsOf(broken);
    await expect(search({ ...over, component: 'argo-rolouts' }, parts)).rejects.toMatchObject({
      code: 'COMPONENT_UNKNOWN',
    });
    await expect(search({ ...over, range: { good: '1.6.0', bad: '1.9.2' } }, parts)).rejects.toMatchObject({
      code: 'COMPONENT_VERSION_UNKNOWN',
    });
    await expect(search(over, partsOf(() => usageError('LINT_FAILED', 'wrong')).parts)).rejects.toMatchObject({
      code: 'LINT_FAILED',
    });
    const { journal } = await search(over, parts);
    const before = requests.length;
    writeFileSync(journal, '{"schemaVersion":"1","runs":[');
    await expect(search(over, parts)).rejects.toMatchObject({ code: 'BISECT_JOURNAL_DAMAGED', exitCode: 5 });
    expect([requests.length, readFileSync(journal, 'utf8')]).toEqual([before, '{"schemaVersion":"1","runs":[']);
  });
});

describe('commits of the repository that holds the profile', () => {
  const step = (number: number) =>
    writeFileSync(path.join(folder, 'shop', 'profile', 'repository', 'step'), `${number}`);
  const profile = () => path.join(folder, 'shop', 'profile');

  thorough('along first parents, each as it was, without a trace in the repository', async () => {
    cpSync(path.join(packageRoot(), 'k8s/profiles/gridos'), profile(), { recursive: true });
    const commits = [0, 1, 2, 3].map((number) => {
      step(number);
      return commitAll(path.join(folder, 'shop'), `step ${number}`);
    });
    step(9);
    const { parts, requests } = partsOf((request) =>
      Number(readFileSync(path.join(request.profile, 'repository', 'step'), 'utf8')) < 2 ? 'passed' : 'failed',
    );
    const { report } = await search({ commits: { good: commits[0]!, bad: 'main' } }, parts, profile());
    expect(report).toMatchObject({ what: 'commit', end: { lastPassed: 1, firstFailed: 2 } });
    expect(report.candidates.map(({ shown }) => shown)).toEqual(
      commits.map((id, number) => `${id.slice(0, 12)} (step ${number})`),
    );
    expect(requests[0]?.clusterName).toBe(`gridos-${commits[3]!.slice(0, 12)}`);
    expect(readFileSync(path.join(profile(), 'repository', 'step'), 'utf8')).toBe('9');
    await expect(search({ commits: { good: 'main', bad: commits[0]! } }, parts, profile())).rejects.toMatchObject({
      code: 'BISECT_ORDER',
    });
    await expect(search({ commits: { good: 'nothing', bad: 'main' } }, parts, profile())).rejects.toMatchObject({
      code: 'BISECT_COMMIT_UNKNOWN',
    });
  });

  test('a profile that lies in no repository', async () => {
    cpSync(path.join(packageRoot(), 'k8s/profiles/gridos'), profile(), { recursive: true });
    await expect(
      search({ commits: { good: 'a', bad: 'b' } }, partsOf(() => 'passed').parts, profile()),
    ).rejects.toMatchObject({ code: 'BISECT_NO_REPOSITORY' });
  });
});
