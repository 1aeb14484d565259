import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Finding, parseManifestSet } from '../lint/manifest-set.ts';
import type { Profile, ReferencedSource } from '../profile/profile.ts';
import { noPrograms, service } from '../units/tree-fixture.ts';
import type { RenderedUnit } from '../units/unit-model.ts';
import { collectReferenced, refuseUnrendered } from './collect-referenced.ts';

const finding = (code: string, severity: Finding['severity'], sentence: string): Finding => ({
  ...{ code, severity, sentence, layer: 'manifest', where: 'chart/Chart.yaml:1:1' },
});

const chart = (...findings: Finding[]): RenderedUnit => ({
  unit: { name: 'chart chart', kind: 'chart', namespace: '', sources: [], application: undefined },
  ...{ objects: [], findings, files: new Set(), values: new Map(), isRenamed: false },
});

test.each([
  ['that does not render', finding('UNIT_NOT_RENDERED', 'warning', 'Helm says: no such value'), /Helm says/],
  ['without its dependencies', finding('UNIT_NOT_JUDGED', 'info', 'it depends on redis'), /depends on redis/],
  ['with a key twice', finding('MANIFEST_KEY_TWICE', 'warning', 'this key stands twice'), /renders nothing/],
])('a chart of nobody %s is refused with the reason', (_what, found, words) => {
  expect(() => refuseUnrendered(chart(found))).toThrow(words);
});

test('a unit of which only a part is here is refused where the other part may change it, although that part renders', () => {
  const sentence = 'chart chart is judged in part: it reads github.com/example/base, which is not in this repository';
  const objects = parseManifestSet([{ path: 'a.yaml', text: service('shop') }]).objects;
  const whole = { ...chart(finding('UNIT_JUDGED_IN_PART', 'info', sentence)), objects };
  const isPartial = true;
  expect(() => refuseUnrendered({ ...whole, isPartial, isChangedElsewhere: true })).toThrow(
    /only in part: it reads github\.com/,
  );
  expect(() => refuseUnrendered({ ...whole, isPartial })).not.toThrow();
  const leadsOut = chart(finding('UNIT_NOT_RENDERED', 'error', 'chart chart does not render: it reads ../../base'));
  expect(() => refuseUnrendered({ ...leadsOut, objects, isPartial })).toThrow(/does not render/);
  expect(() => refuseUnrendered({ ...chart(), objects })).not.toThrow();
});

test.each([
  ['a pipe', (file: string) => execFileSync('mkfifo', [file]), 'it is no file'],
  ['nothing', () => undefined, 'it is not there'],
])('an overlay that is %s is said to be none, without waiting for it', async (_, make, why) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'overlay-'));
  const overlay = path.join(folder, 'overlay.yaml');
  make(overlay);
  const profile = { file: 'profile.yaml' } as Profile;
  const source = { from: { directory: folder }, unit: 'folder .', overlay, valueFiles: [] } as ReferencedSource;
  await expect(collectReferenced(profile, source, noPrograms)).rejects.toMatchObject({
    code: 'OVERLAY_MISSING',
    message: expect.stringContaining(why),
  });
});

test('a unit with a file that is no YAML is refused, although its other documents are right', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'broken-'));
  const overlay = path.join(folder, 'canaryproof', 'overlay.yaml');
  mkdirSync(path.dirname(overlay));
  writeFileSync(overlay, 'apiVersion: canaryproof.dev/v1alpha1\nkind: Overlay\nchanges: []\n');
  mkdirSync(path.join(folder, 'app'));
  writeFileSync(
    path.join(folder, 'app', 'a.yaml'),
    `${service('shop')}---\nkind: ConfigMap\nmetadata: { name: x\n  a: [b\n`,
  );
  const profile = { file: 'profile.yaml', source: { application: 'argocd/application.yaml' } } as Profile;
  const source = { from: { directory: folder }, unit: 'folder app', overlay, valueFiles: [] } as ReferencedSource;
  await expect(collectReferenced(profile, source, noPrograms)).rejects.toMatchObject({
    code: 'MANIFEST_YAML_SYNTAX',
    exitCode: 2,
    where: expect.stringMatching(/^app\/a\.yaml:\d+/),
  });
  writeFileSync(path.join(folder, 'app', 'a.yaml'), service('shop'));
  await expect(collectReferenced(profile, source, noPrograms)).rejects.toMatchObject({
    code: 'PROFILE_APPLICATION_MISSING',
  });
  // so is the file that declares the Application
  mkdirSync(path.join(folder, 'argocd'));
  const application =
    'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: shop, namespace: argocd }\nspec:\n  source: { repoURL: https://git.example.com/shop.git, path: app }\n  destination: { namespace: shop }\n';
  writeFileSync(path.join(folder, 'argocd', 'application.yaml'), `${application}---\nkind: AppProject\nspec: [a\n`);
  const ofApplication = { ...source, unit: 'Application argocd/shop' };
  await expect(collectReferenced(profile, ofApplication, noPrograms)).rejects.toMatchObject({
    code: 'MANIFEST_YAML_SYNTAX',
    where: expect.stringMatching(/^argocd\/application\.yaml:\d+/),
  });
  writeFileSync(path.join(folder, 'argocd', 'application.yaml'), application);
  await expect(collectReferenced(profile, ofApplication, noPrograms)).resolves.toHaveLength(2);
});
