import { describe, expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { deliveryFindings } from './delivery-rules.ts';
import { kustomizeImageFindings } from './kustomize-images.ts';

const ROLLOUT = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop, annotations: { argocd.argoproj.io/sync-wave: "1" } }
spec:
  template: { spec: { containers: [{ name: shop, image: "registry.example.com:5000/shop:v1" }] } }
  strategy:
    canary:
      canaryService: canary
      steps: [{ setWeight: 10 }, { analysis: { templates: [{ templateName: check }] } }, { pause: PAUSE }]
`;
const rollout = (pause = '{ duration: 1m }') => ROLLOUT.replace('PAUSE', pause);

function judged(...texts: readonly string[]): string[] {
  return deliveryFindings(parseManifestSet([{ path: 'a.yaml', text: texts.join('---\n') }])).map(
    ({ severity, code, where }) => `${severity} ${code} ${where}`,
  );
}

describe('ignored differences of containers', () => {
  const application = (entry: string, options = '[RespectIgnoreDifferences=true]') => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop }
spec:
  ignoreDifferences:
    - ${entry}
  syncPolicy: { syncOptions: ${options} }
`;
  const IMAGE = 'jqPathExpressions: [".spec.template.spec.containers[].image"]';
  test.each([
    [`{ group: argoproj.io, kind: Rollout, ${IMAGE} }`, undefined, ['warning IGNORED_CONTAINERS_FROZEN a.yaml:6:64']],
    [
      `{ group: argoproj.io, kind: Rollout, jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "shop") | .env'] }`,
      undefined,
      ['warning IGNORED_CONTAINERS_FROZEN a.yaml:6:64'],
    ],
    [
      '{ group: argoproj.io, kind: Rollout, jsonPointers: [/spec/template/spec/containers] }',
      undefined,
      ['error IGNORED_CONTAINERS_NEVER_SYNCED a.yaml:6:59'],
    ],
    [
      '{ group: argoproj.io, kind: "*", jsonPointers: [/spec/template] }',
      undefined,
      ['error IGNORED_CONTAINERS_NEVER_SYNCED a.yaml:6:55'],
    ],
    [`{ group: argoproj.io, kind: Rollout, ${IMAGE} }`, '[]', ['warning IGNORED_IMAGES_HIDDEN a.yaml:6:64']],
    ['{ group: argoproj.io, kind: Rollout, jsonPointers: [/spec/replicas] }', undefined, []],
    ['{ group: argoproj.io, kind: Rollout, jsonPointers: [/spec/template/metadata] }', undefined, []],
    [`{ group: argoproj.io, kind: Rollout, name: other, ${IMAGE} }`, undefined, []],
    ['{ group: argoproj.io, kind: Rollout, jqPathExpressions: [".spec | to_entries"] }', undefined, []],
  ])('%s %s', (entry, options, expected) => {
    expect(judged(application(entry, options), rollout())).toEqual(expected);
  });
  test('a kind of Kubernetes itself is merged by the names of its containers', () => {
    const deployment = rollout()
      .replace('argoproj.io/v1alpha1', 'apps/v1')
      .replace('kind: Rollout', 'kind: Deployment');
    const env = application(
      '{ group: apps, kind: Deployment, jqPathExpressions: [".spec.template.spec.containers[].env"] }',
    );
    expect(judged(env, deployment)).toEqual([]);
    expect(judged(application(`{ group: apps, kind: Deployment, ${IMAGE} }`), deployment)).toEqual([
      'warning IGNORED_IMAGES_HIDDEN a.yaml:6:60',
    ]);
  });
});

describe('the order of a sync', () => {
  const template = (wave: string) =>
    `apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: { name: check, annotations: { argocd.argoproj.io/sync-wave: "${wave}" } }\nspec: {}\n`;
  const hook = (phase: string) =>
    `apiVersion: batch/v1\nkind: Job\nmetadata: { name: smoke, annotations: { argocd.argoproj.io/hook: ${phase} } }\nspec: {}\n`;
  test.each([
    ['what it needs comes later', [rollout(), template('2')], ['warning SYNC_WAVE_AFTER_ROLLOUT a.yaml:13:71']],
    ['what it needs comes with it', [rollout(), template('1')], []],
    ['a negative wave', [rollout(), template('-1')], []],
    ['a hook behind a pause with an end', [rollout(), hook('PostSync')], []],
    ['a hook behind a human', [rollout('{}'), hook('PostSync')], ['warning SYNC_WAITS_FOR_PAUSE a.yaml:13:66']],
    [
      'a hook behind a human, named by the cluster',
      [rollout('{}'), hook('PostSync').replace('name: smoke', 'generateName: smoke-')],
      ['warning SYNC_WAITS_FOR_PAUSE a.yaml:13:75'],
    ],
    ['a hook before', [rollout('{}'), hook('PreSync')], []],
    [
      'a wave behind a human',
      [rollout('{}'), hook('x').replace('hook: x', 'sync-wave: "2"')],
      ['info SYNC_WAITS_FOR_PAUSE a.yaml:13:71'],
    ],
  ])('%s', (_what, objects, expected) => {
    expect(judged(...objects)).toEqual(expected);
  });
});

describe('images of a kustomization', () => {
  const objects = parseManifestSet([{ path: 'a.yaml', text: rollout() }]).objects;
  const found = (images: string) =>
    kustomizeImageFindings(
      [
        {
          value: { images: JSON.parse(images) },
          positionOf: (path) => ({ path: 'kustomization.yaml', line: Number(path[1]) + 1, column: 1 }),
        },
      ],
      objects,
    ).map(({ code, where }) => `${code} ${where}`);
  test.each([
    ['[{ "name": "registry.example.com:5000/shop", "newTag": "v2" }]', []],
    ['[{ "name": "shop", "newTag": "v2" }]', ['KUSTOMIZE_IMAGE_WITHOUT_MATCH kustomization.yaml:1:1']],
    ['[{ "name": "shop", "newName": "registry.example.com:5000/shop" }]', []],
    ['[{ "name": "shop", "newName": "a" }, { "name": "a", "newName": "registry.example.com:5000/shop" }]', []],
    ['[{ "name": "shop:v1", "newName": "b" }]', ['KUSTOMIZE_IMAGE_WITHOUT_MATCH kustomization.yaml:1:1']],
  ])('%s', (images, expected) => {
    expect(found(images)).toEqual(expected);
  });
});
