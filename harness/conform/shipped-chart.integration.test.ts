/** The profile that Argo CD renders, with the real Helm (CANARYPROOF_HELM): what it declares, commits and can be made wrong. */
import { expect, test } from 'vitest';
import { splitsOf } from '../claims/declarations.ts';
import { lintProfile, profileLintOptions } from '../claims/lint-profile.ts';
import { readDeclaredSplit, weightsOf } from '../lint/routes/declared-split.ts';
import { judgeProfileFiles } from '../premerge/judge-profile-files.ts';
import { packageRoot } from '../process/package-root.ts';
import { collectRepository } from '../profile/collect-repository.ts';
import { withTextEdits } from '../profile/edit-text.ts';
import { listFaults, loadFault } from '../profile/faults.ts';
import { loadProfile } from '../profile/load-profile.ts';
import type { RenderManifests } from '../scene/git-source.ts';
import { renderedCharts } from '../units/rendered-charts.ts';
import { previewCommits } from './preview-commits.ts';

const { CANARYPROOF_HELM: helm } = process.env;
if (!helm) throw new TypeError('set CANARYPROOF_HELM to the path of the program');
const programs = { kustomize: () => Promise.reject(new TypeError('none is needed')), helm: async () => helm };

const profile = await loadProfile('bookinfo-helm', { packageRoot: packageRoot(), workingDirectory: packageRoot() });
const files = await collectRepository(profile, () => Promise.reject(new TypeError('it brings all of its files')));
const render: RenderManifests = async (some) => {
  const { files: rendered, problems } = await renderedCharts(some, profile.source.application, programs);
  expect(problems).toEqual([]);
  return rendered;
};

async function declared(some = files) {
  const [{ virtualService } = { virtualService: { name: '', namespace: '' } }] = splitsOf(profile.claims);
  return weightsOf(readDeclaredSplit(await render(some), { virtualService, namespace: virtualService.namespace }));
}

test('it lints clean, and its canary is deployed dark', async () => {
  const source = { files, application: profile.source.application };
  const manifests = await judgeProfileFiles(source, profileLintOptions(profile), programs);
  const findings = await lintProfile(profile, await render(files), manifests);
  expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  expect(await declared()).toEqual({ 'reviews-v1': 100, 'reviews-v3': 0 });
});

test('every commit of its claims declares what the claim says', async () => {
  expect(await previewCommits(profile, files, render)).toEqual([]);
});

test('every fault can be made, and the template that ignores values is found', async () => {
  const made = await Promise.all((await listFaults(profile)).map((name) => loadFault(profile, name)));
  const edited = made.map(({ name, commit }) => {
    if (!commit || !('file' in commit)) throw new TypeError(`${name} edits no file`);
    return { name, files: withTextEdits(files, commit.file, commit.edits) };
  });
  expect(await Promise.all(edited.map(async (one) => [one.name, await declared(one.files)]))).toEqual([
    ['commit-not-applied', { 'reviews-v1': 95, 'reviews-v3': 5 }],
    ['template-ignores-weights', { 'reviews-v1': 100, 'reviews-v3': 0 }],
  ]);
  const ignoring = edited.find(({ name }) => name === 'template-ignores-weights')?.files ?? [];
  expect(await previewCommits(profile, ignoring, render)).toMatchObject([{ code: 'VALUES_WITHOUT_EFFECT' }]);
});
