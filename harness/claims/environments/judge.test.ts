import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { ROLLOUTS } from '../../rollouts/rollout-object.ts';
import type { Scene } from '../../scene/scene.ts';
import {
  APPLICATION_COLLECTION,
  application,
  createFakeScene,
  type FakeScene,
} from '../../testkit/fakes/fake-scene.ts';
import { timersRunning } from '../../testkit/fakes/lasting-load.ts';
import type { EnvironmentsClaim } from './declaration.ts';
import { judgeEnvironments } from './judge.ts';

const NAMES = ['dev', 'prod'] as const;
type Name = (typeof NAMES)[number];
const BRANCH: Readonly<Record<Name, string>> = { dev: 'develop', prod: 'main' };

const CLAIM: EnvironmentsClaim = {
  id: 'shop/environments',
  title: 'a change goes from branch to branch',
  kind: 'environments',
  applicationSet: 'argocd/set.yaml',
  environments: NAMES.map((name) => ({
    application: `shop-${name}`,
    namespace: name,
    branch: BRANCH[name],
    rollout: 'app',
    release: { file: `overlays/${name}/kustomization.yaml`, image: 'shop/app', tag: 'v2' },
  })),
};
const SET = {
  path: 'argocd/set.yaml',
  text: 'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: { name: shops }\nspec: { template: { spec: { source: { repoURL: theirs } } } }\n',
};
const OVERLAYS = NAMES.map((name) => ({
  path: `overlays/${name}/kustomization.yaml`,
  text: 'images:\n  - name: shop/app\n    newTag: v1\n',
}));

interface Play {
  /** Applications that the set does not make. */
  readonly missing?: readonly Name[];
  /** Environments that a merge into a branch moves; default: that branch's own. */
  readonly moves?: Readonly<Record<string, readonly Name[]>>;
  /** Branches that Applications follow; default: their own. */
  readonly follows?: Readonly<Partial<Record<Name, string>>>;
  /** Tag that every environment has at first. */
  readonly begins?: string;
  readonly onMerge?: () => void;
  readonly change?: Partial<Scene>;
}

const app = (name: Name, revision: string, branch = BRANCH[name]): KubeObject => {
  const object = application({ revision });
  return {
    ...object,
    metadata: { ...object.metadata, name: `shop-${name}` },
    spec: { ...object.spec, source: { targetRevision: branch } },
  };
};
const rollout = (tag: string): KubeObject => ({
  metadata: { name: 'app' },
  spec: { template: { spec: { containers: [{ image: `shop/app:${tag}` }] } } },
});

/** Argo CD: makes the Applications of the set, moves each when its branch moves, and takes them along when it goes. */
async function prepared(play: Play = {}) {
  const { missing = [], moves = {}, follows = {}, begins = 'v1', onMerge, change = {} } = play;
  const scene: FakeScene = await createFakeScene(change);
  const { client, source } = scene;
  await source.commit([...source.files, SET, ...OVERLAYS], 'with environments');
  client.react = (write) => {
    if (write === 'apply ApplicationSet shops')
      for (const name of NAMES) {
        client.put({ ...ROLLOUTS, namespace: name }, rollout(begins));
        if (!missing.includes(name)) client.put(APPLICATION_COLLECTION, app(name, 'before', follows[name]));
      }
    const [, branch] = /^merge \S+ into (\S+)$/.exec(write) ?? [];
    if (branch !== undefined) {
      onMerge?.();
      for (const name of moves[branch] ?? NAMES.filter((one) => BRANCH[one] === branch)) {
        client.put({ ...ROLLOUTS, namespace: name }, rollout('v2'));
        client.put(APPLICATION_COLLECTION, app(name, 'after'));
      }
    }
    if (write.endsWith('applicationsets/shops'))
      for (const name of NAMES) client.remove(APPLICATION_COLLECTION, `shop-${name}`);
    if (write === 'apply Application bookinfo') {
      const revision = source.repository.commits.at(-1)?.sha ?? '';
      client.put(APPLICATION_COLLECTION, application({ revision }));
    }
  };
  return { scene, judge: () => judgeEnvironments(CLAIM, scene) };
}
const judge = async (play: Play = {}) => (await prepared(play)).judge();

test('each merge moves the environment of its branch and no other: passed, and everything is put back', async () => {
  const { scene, judge: judging } = await prepared();
  const { claim, findings } = await judging();
  expect(claim.sentence).toMatch(
    /^2 Applications of shops were Synced and Healthy; merge of canaryproof-change into develop moved shop-dev alone, after .*; merge of develop into main moved shop-prod alone/,
  );
  expect(claim.outcome).toBe('passed');
  expect(findings).toEqual([]);
  // the set reads the repository of this run
  const [set] = scene.client.applied;
  expect(set?.spec).toEqual({ template: { spec: { source: { repoURL: scene.source.repository.url } } } });
  expect(scene.client.writes).toContainEqual(expect.stringMatching(/^delete .*applicationsets\/shops$/));
  expect(scene.client.writes.at(-1)).toBe('apply Application bookinfo');
  expect(scene.source.history.at(-1)?.files).toEqual(scene.source.history.at(-2)?.files);
});

describe('failed, and says which promise', () => {
  test.each<[string, Play, RegExp]>([
    [
      'an Application that the set does not make',
      { missing: ['prod'] },
      /^Application shop-prod is missing and unknown/,
    ],
    [
      'an Application that follows another branch',
      { follows: { prod: 'develop' } },
      /^Application shop-prod follows develop and not main/,
    ],
    [
      'a merge that moves nothing',
      { moves: { develop: [] } },
      /merge of canaryproof-change into develop: did not move shop-dev/,
    ],
    [
      'a merge that moves another environment as well',
      { moves: { develop: ['dev', 'prod'] } },
      /merge of canaryproof-change into develop: moved shop-prod as well as shop-dev/,
    ],
  ])('%s', async (_, play, sentence) => {
    const { claim, findings } = await judge(play);
    expect(claim.outcome).toBe('failed');
    expect(claim.sentence).toMatch(sentence);
    expect(findings?.[0]).toMatchObject({ code: 'ENVIRONMENT_NOT_ALONE', where: 'ApplicationSet argocd/shops' });
  });
});

test('cannot be judged where an environment has the release before its branch has it', async () => {
  const { scene, judge: judging } = await prepared({ begins: 'v2' });
  await expect(judging()).rejects.toMatchObject({ code: 'RELEASE_THERE_ALREADY', exitCode: 3, where: 'shop-dev' });
  expect(scene.client.writes.at(-1)).toBe('apply Application bookinfo');
});

test('without all Applications nothing is released', async () => {
  const { scene, judge: judging } = await prepared({ missing: ['dev'] });
  await judging();
  expect(scene.client.writes.filter((write) => write.startsWith('patch'))).toEqual([]);
});

test('the run ends while an environment should move: no verdict, the set is removed, no timer is left', async () => {
  const controller = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  const { scene, judge: judging } = await prepared({
    moves: { develop: [] },
    onMerge: () => setImmediate(() => controller.abort(reason)),
    change: { signal: controller.signal },
  });
  const before = timersRunning();
  await expect(judging()).rejects.toBe(reason);
  expect(scene.client.writes).toContainEqual(expect.stringMatching(/^delete .*applicationsets\/shops$/));
  expect(timersRunning()).toBeLessThanOrEqual(before);
});
