import { describe, expect, it } from 'vitest';
import { lintManifests } from '../lint-manifests.ts';
import { parseManifestSet } from '../manifest-set.ts';
import { filesIgnoredByArgo } from './application-rules.ts';

const object = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;

function application(source: string) {
  return {
    path: 'argocd/application.yaml',
    text: `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
spec:
  source:
${source.replace(/^/gm, '    ')}
`,
  };
}

const repository = [
  { path: 'README.md', text: '# Shop\n' },
  { path: 'top.yaml', text: object('top') },
  { path: 'base/shop.yaml', text: object('shop') },
  { path: 'base/deep/more.json', text: '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"more"}}' },
  { path: 'base/values.yaml', text: 'colour: blue\n' },
  { path: 'base/skipped.yaml', text: `# +argocd:skip-file-rendering\n${object('skipped')}` },
  { path: 'base/notes.txt', text: object('notes') },
  { path: 'canary/route.yml', text: object('route') },
];
const ALL = ['base/deep/more.json', 'base/shop.yaml', 'canary/route.yml'];

function ignored(source: string, files = repository): readonly string[] {
  return filesIgnoredByArgo(parseManifestSet([...files, application(source)]));
}

describe('an Application with a directory source', () => {
  it.each([
    ['the root', 'path: .', ALL],
    ['the root, said otherwise', 'path: ./', ALL],
    ['recursion off', 'path: .\ndirectory: { recurse: false }', ALL],
    ['recursion on', 'path: .\ndirectory: { recurse: true }', []],
    ['a folder', 'path: base', ['base/deep/more.json']],
    ['a folder without subfolders', 'path: canary/', []],
    ['another repository', 'path: somewhere/else', []],
    ['an excluded folder', 'path: .\ndirectory: { exclude: "base/*" }', ['canary/route.yml']],
    ['excluded folders', 'path: .\ndirectory: { exclude: "{base/*,canary/*}" }', []],
    ['an included kind of file', 'path: .\ndirectory: { include: "*.yaml" }', ['base/shop.yaml']],
    ['a Helm source', 'path: .\nhelm: { releaseName: shop }', []],
    ['a chart of a repository', 'chart: shop\npath: .', []],
  ])('%s', (_, source, expected) => {
    expect(ignored(source)).toEqual(expected);
  });

  it('leaves Kustomize and Helm directories to those tools', () => {
    expect(ignored('path: .', [...repository, { path: 'kustomization.yaml', text: 'resources: [base]\n' }])).toEqual(
      [],
    );
    expect(ignored('path: base', [...repository, { path: 'base/Chart.yaml', text: 'name: shop\n' }])).toEqual([]);
    expect(
      ignored('path: .\ndirectory: {}', [...repository, { path: 'kustomization.yaml', text: 'resources: [base]\n' }]),
    ).toEqual(ALL);
  });

  it('is judged source by source', () => {
    const several = {
      path: 'argocd/application.yaml',
      text: 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: shop }\nspec:\n  sources:\n    - { path: canary }\n    - { path: base }\n',
    };
    expect(filesIgnoredByArgo(parseManifestSet([...repository, several]))).toEqual(['base/deep/more.json']);
    expect(lintManifests([...repository, several])).toMatchObject([
      { code: 'APPLICATION_RECURSE_OFF', where: 'argocd/application.yaml:7:7' },
    ]);
  });

  it('is an error that names the files and the place', () => {
    expect(lintManifests([...repository, application('path: .\ndirectory: { recurse: false }')])).toEqual([
      {
        code: 'APPLICATION_RECURSE_OFF',
        layer: 'manifest',
        severity: 'error',
        sentence:
          'Application argocd/shop silently ignores 3 files in subdirectories: base/deep/more.json, base/shop.yaml, canary/route.yml',
        where: 'argocd/application.yaml:7:16',
        hint: 'Set spec.source.directory.recurse: true. Argo CD says Synced all the same.',
      },
    ]);
    expect(lintManifests([...repository, application('path: .')])).toMatchObject([
      { where: 'argocd/application.yaml:6:5' },
    ]);
  });
});
