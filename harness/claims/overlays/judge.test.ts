import { expect, test } from 'vitest';
import { environmentError } from '../../errors/harness-error.ts';
import type { Scene } from '../../scene/scene.ts';
import type { OverlaysClaim } from './declaration.ts';
import { judgeOverlays } from './judge.ts';

const CLAIM: OverlaysClaim = {
  id: 'shop/overlays',
  title: 'overlays',
  kind: 'overlays',
  overlays: [
    { path: 'overlays/dev', application: 'argocd/dev.yaml', approval: 'automatic' },
    { path: 'overlays/prod', application: 'argocd/prod.yaml', approval: 'manual' },
  ],
  mayDiffer: [{ kind: '*', path: 'metadata.namespace' }],
};

const application = (path: string, automated: boolean) =>
  `kind: Application\nspec: { source: { path: ${path} }, syncPolicy: { ${automated ? 'automated: {}' : ''} } }\n`;

interface Change {
  readonly replicas?: number;
  readonly prodPath?: string;
  readonly prodAutomated?: boolean;
  readonly breaks?: boolean;
  /** What every overlay renders to. */
  readonly text?: string;
}

function sceneOf(change: Change = {}) {
  const { replicas = 2, prodPath = 'overlays/prod', prodAutomated = false, breaks = false, text } = change;
  const render = async (folder: string) => {
    if (breaks && folder === 'overlays/prod') throw environmentError('PROGRAM_FAILED', 'no matches for Id');
    const prod = folder === 'overlays/prod';
    if (text !== undefined) return text;
    return `kind: Rollout\nmetadata: { name: app, namespace: ${prod ? 'prod' : 'dev'} }\nspec: { replicas: ${prod ? replicas : 2} }\n`;
  };
  const files = [
    { path: 'argocd/dev.yaml', text: application('overlays/dev', true) },
    { path: 'argocd/prod.yaml', text: application(prodPath, prodAutomated) },
  ];
  const { signal } = new AbortController();
  return { source: { files }, renderKustomization: render, now: () => 0, signal } as unknown as Scene;
}

test('overlays that differ as declared pass, and every difference is listed', async () => {
  const { claim, findings } = await judgeOverlays(CLAIM, sceneOf());
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toMatch(/dev, prod render to 1 objects and differ in 1 fields, all declared; prod waits/);
  expect(claim.details).toEqual([{ label: 'Rollout app metadata.namespace', value: '"dev" | "prod"' }]);
  expect(findings).toEqual([]);
});

test.each([
  ['an undeclared difference', sceneOf({ replicas: 3 }), /Rollout app spec.replicas differs \(dev: 2, prod: 3\)/],
  ['an overlay that does not render', sceneOf({ breaks: true }), /overlays\/prod does not render: no matches/],
  [
    'production that syncs by itself',
    sceneOf({ prodAutomated: true }),
    /prod.yaml syncs by itself, so nobody approves/,
  ],
  [
    'an Application of another overlay',
    sceneOf({ prodPath: 'overlays/dev' }),
    /deploys overlays\/dev and not overlays\/prod/,
  ],
])('%s fails and is named', async (_name, scene, sentence) => {
  const { claim, findings } = await judgeOverlays(CLAIM, scene);
  expect(claim.outcome).toBe('failed');
  expect(claim.sentence).toMatch(sentence);
  expect(findings?.[0]?.code).toBe('OVERLAY_UNDECLARED');
});

test('overlays that render to nothing are alike, and prove nothing', async () => {
  const claim = { ...CLAIM, mayDiffer: [] };
  const { claim: seen } = await judgeOverlays(claim, sceneOf({ text: '# nothing\n' }));
  expect(seen).toMatchObject({
    outcome: 'failed',
    sentence: 'overlays/dev renders to no object; overlays/prod renders to no object.',
  });
});

test('a rendering that was cut off in the middle is no evidence', async () => {
  const claim = { ...CLAIM, mayDiffer: [] };
  const text = 'kind: Rollout\nmetadata: { name: app }\nspec: { replicas: 2, steps: [';
  await expect(judgeOverlays(claim, sceneOf({ text }))).rejects.toMatchObject({
    code: 'RENDERING_BROKEN',
    where: 'overlays/dev',
  });
});

test('a declared difference that is none fails: the declaration is not the truth', async () => {
  const claim = { ...CLAIM, mayDiffer: [...CLAIM.mayDiffer, { kind: 'Rollout', path: 'spec.replicas' }] };
  expect((await judgeOverlays(claim, sceneOf())).claim.sentence).toMatch(/spec.replicas may differ, and is the same/);
});

test('the run ends while an overlay renders: no verdict about that overlay', async () => {
  const controller = new AbortController();
  const reason = new DOMException('interrupted', 'AbortError');
  const renderKustomization = async () => {
    controller.abort(reason);
    throw environmentError('CANCELLED', 'kustomize was cancelled');
  };
  const scene = { ...sceneOf(), signal: controller.signal, renderKustomization };
  await expect(judgeOverlays(CLAIM, scene)).rejects.toBe(reason);
});
