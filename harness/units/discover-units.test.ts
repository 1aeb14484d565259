import { describe, expect, test } from 'vitest';
import { thorough } from '../testkit/runner/thorough.ts';
import { discoverUnits } from './discover-units.ts';
import { readFolderTree, readRepositoryTree } from './repository-tree.ts';
import { application, commitAll, noPrograms, service, writeTree } from './tree-fixture.ts';

async function unitsOf(files: Readonly<Record<string, string>>) {
  const found = await discoverUnits(await readFolderTree(writeTree(files), undefined), noPrograms);
  return {
    ...found,
    /** Unit to its objects, as `Kind namespace/name`. */
    objects: Object.fromEntries(
      found.units.map(({ unit, objects }) => [
        unit.name,
        objects.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
      ]),
    ),
    codes: [...found.findings, ...found.units.flatMap(({ findings }) => findings)].map(({ code }) => code),
  };
}

describe('folders', () => {
  test('a folder is a unit, its subfolder another, and twins of one name stay apart', async () => {
    const { objects } = await unitsOf({
      'solution/service.yaml': service('shop'),
      'workaround/service.yaml': service('shop', 'other'),
      'workaround/more/service.yml': service('more'),
    });
    expect(objects).toEqual({
      'folder solution': ['Service /shop'],
      'folder workaround': ['Service other/shop'],
      'folder workaround/more': ['Service /more'],
    });
  });
  test('what nobody applies is no manifest: tools, dumps, templates, values', async () => {
    const { objects, notJudged } = await unitsOf({
      '.github/workflows/ci.yaml': service('ci'),
      'dump.yaml': `${service('live').replace('metadata: { name: live }', 'metadata: { name: live, uid: abc, resourceVersion: "7" }')}`,
      'jinja.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ name }}-x\n  {% if a %}: b\n',
      'values.yaml': 'replicaCount: 2\nkind: of\n',
      'catalog-info.yaml': "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: { name: 'a' b' }\n",
      'patches/webhook.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: runs.example.com }\nspec: { conversion: {} }\n',
      'patches/more-pods.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: { replicas: 5, template: { spec: { containers: [{ name: shop, args: [a] }] } } }\n',
      'schema.json': JSON.stringify({ title: 'apiVersion, kind and metadata', apiVersion: {}, kind: {} }),
      'notes.yaml': '+argocd:skip-file-rendering\napiVersion: v1\nkind: Service\nmetadata: { name: skipped }\n',
    });
    expect(objects).toEqual({});
    expect(notJudged.map(({ path }) => path)).toEqual([
      'catalog-info.yaml',
      'dump.yaml',
      'jinja.yaml',
      'patches/more-pods.yaml',
      'patches/webhook.yaml',
    ]);
  });
  test('objects without a namespace go where the others of the folder say, if they agree', async () => {
    const { objects } = await unitsOf({ 'a/one.yaml': `${service('one', 'demo')}---\n${service('two')}` });
    expect(objects['folder a']).toEqual(['Service demo/one', 'Service demo/two']);
    const beside = await unitsOf({
      'app.yaml': application('shop', 'a'),
      'b.yaml': service('two'),
      'a/s.yaml': service('x'),
    });
    expect(beside.objects['folder .']).toContain('Service /two');
  });
});

describe('Applications', () => {
  test('read what Argo CD reads of a directory', async () => {
    const files = {
      'app/one.yaml': service('one'),
      'app/two.json': JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'two' } }),
      'app/sub/three.yaml': service('three'),
      'app/sub/secret-four.yaml': service('four', 'own'),
      'app/made.jsonnet': '{}',
    };
    const directory = (fields: string) => application('shop', 'app', `    directory: { ${fields} }\n`);
    const plain = await unitsOf({ ...files, 'argocd/app.yaml': application('shop', './app/') });
    expect(plain.objects['Application argocd/shop']).toEqual(['Service shop/one', 'Service shop/two']);
    expect(plain.codes).toEqual(['JSONNET_NOT_JUDGED']);
    const all = await unitsOf({ ...files, 'argocd/app.yaml': directory('recurse: true, exclude: "sub/secret-*"') });
    expect(all.objects['Application argocd/shop']).toEqual([
      'Service shop/one',
      'Service shop/three',
      'Service shop/two',
    ]);
    const some = await unitsOf({ ...files, 'argocd/app.yaml': directory('recurse: true, include: "*.yaml"') });
    expect(some.objects['Application argocd/shop']).toEqual([
      'Service shop/one',
      'Service own/four',
      'Service shop/three',
    ]);
    // what an Application reads is no folder of its own
    expect(Object.keys(all.objects).sort()).toEqual(['Application argocd/shop', 'folder app/sub', 'folder argocd']);
  });
  test('an app of apps brings its own, and a folder that is read late is not judged twice', async () => {
    const { objects } = await unitsOf({
      'root.yaml': application('root', 'apps', '', 'argocd'),
      'apps/shop.yaml': application('shop', 'shop'),
      'shop/service.yaml': service('shop'),
    });
    expect(Object.keys(objects).sort()).toEqual(['Application argocd/root', 'Application argocd/shop', 'folder .']);
  });
  test('two Applications of one name with other folders are two units', async () => {
    const { objects } = await unitsOf({
      'a.yaml': application('shop', 'one'),
      'b.yaml': application('shop', 'two'),
      'c.yaml': application('shop', 'two'),
      'one/service.yaml': service('one'),
      'two/service.yaml': service('two'),
    });
    expect(Object.keys(objects)).toEqual(['Application argocd/shop', 'Application argocd/shop of b.yaml', 'folder .']);
  });
  test('several sources, one of which only lends its value files', async () => {
    const sources = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
spec:
  sources:
    - { repoURL: https://git.example.com/shop.git, path: one }
    - { repoURL: https://git.example.com/shop.git, ref: values }
    - { repoURL: https://charts.example.com, chart: redis, targetRevision: 1.0.0 }
    - { repoURL: https://git.example.com/shop.git, path: nowhere }
  destination: { namespace: shop }
`;
    const { objects, codes } = await unitsOf({ 'app.yaml': sources, 'one/service.yaml': service('one') });
    expect(objects['Application argocd/shop']).toEqual(['Service shop/one']);
    expect(codes).toEqual(['UNIT_NOT_JUDGED', 'UNIT_NOT_JUDGED']);
  });
  test('a folder of our own repository that does not exist is an error of the Application', async () => {
    const root = writeTree({ 'app.yaml': application('shop', 'nowhere'), 'one/service.yaml': service('one') });
    const tree = await readFolderTree(root, 'git@github.com:somebody/shop.git');
    const { units } = await discoverUnits(tree, noPrograms);
    expect(units[0]!.findings).toMatchObject([
      { code: 'APPLICATION_PATH_MISSING', severity: 'error', where: 'app.yaml:6:5' },
    ]);
  });
  test('whose repository is which: forks and placeholders are ours, another address is not once one names us', async () => {
    const at = (name: string, url: string) => application(name, 'k8s').replace('https://git.example.com/shop.git', url);
    const files = {
      'a.yaml': at('ours', 'git@github.com:fork/shop.git'),
      'b.yaml': at('placeholder', 'https://github.com/<your-org>/<your-repo>.git'),
      'c.yaml': at('other', 'https://github.com/somebody/cart'),
      'k8s/service.yaml': service('shop'),
    };
    const objectsWith = async (names: readonly (keyof typeof files)[]) => {
      const root = writeTree(Object.fromEntries(names.map((name) => [name, files[name]])));
      const { units } = await discoverUnits(
        await readFolderTree(root, 'https://github.com/somebody/shop.git'),
        noPrograms,
      );
      return Object.fromEntries(
        units.map(({ unit, objects }) => [unit.application?.name ?? unit.name, objects.length]),
      );
    };
    const all = ['a.yaml', 'b.yaml', 'c.yaml', 'k8s/service.yaml'] as const;
    expect(await objectsWith(all)).toMatchObject({ ours: 1, placeholder: 1, other: 0 });
    // without an Application that names us, a renamed copy is more likely than a folder of the same path
    expect(await objectsWith(['c.yaml', 'k8s/service.yaml'])).toMatchObject({ other: 1 });
  });
  test('the root is that of the one repository which Applications name, and of none where they name several', async () => {
    const at = (name: string, repository: string) =>
      application(name, '.').replace('example.com/shop.git', `example.com/${repository}.git`);
    const one = { 'k8s/service.yaml': service('shop'), 'service.yaml': service('top'), 'a.yaml': at('a', 'shop') };
    expect((await unitsOf(one)).objects['Application argocd/a']).toContain('Service shop/top');
    const { objects } = await unitsOf({ ...one, 'b.yaml': at('b', 'cart') });
    expect(objects['Application argocd/a']).toEqual([]);
    expect(objects['folder .']?.join()).toMatch(/Service \w*\/top/);
  });
  test('one that is a template of Applications is not judged', async () => {
    const { codes, objects } = await unitsOf({
      'scaffold/app.yaml': application('"{{team}}"', 'apps'),
      'scaffold/files.yaml': application('files', '<%= path %>'),
      'apps/service.yaml': service('shop'),
    });
    expect(codes).toEqual(['UNIT_NOT_JUDGED', 'UNIT_NOT_JUDGED']);
    expect(objects['folder apps']).toEqual(['Service /shop']);
  });
  test('a program that cannot be had stops its unit alone, and that is no pass', async () => {
    const { objects, units } = await unitsOf({
      'app.yaml': application('shop', 'chart'),
      'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
      'chart/templates/service.yaml': service('{{ .Release.Name }}'),
      'plain/service.yaml': service('plain'),
    });
    expect(objects).toEqual({
      'Application argocd/shop': [],
      'folder .': ['Application argocd/shop'],
      'folder plain': ['Service /plain'],
    });
    expect(units[0]!.findings).toMatchObject([
      {
        code: 'UNIT_NOT_JUDGED',
        severity: 'error',
        sentence: expect.stringContaining('there is no helm in this test'),
      },
    ]);
  });
});

describe('ApplicationSets', () => {
  const set = (generators: string, goTemplate = false) => `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: shops, namespace: argocd }
spec:
  goTemplate: ${goTemplate}
  generators:
${generators}
  template:
    metadata: { name: ${goTemplate ? `'shop-{{ .path.basename | upper | lower }}'` : `'shop-{{env}}{{path.basename}}'`} }
    spec:
      source: { repoURL: https://git.example.com/shop.git, path: ${goTemplate ? `'{{ .path.path }}'` : `'{{path}}'`} }
      destination: { namespace: ${goTemplate ? `'{{ index .path.segments 1 }}'` : `'{{path[1]}}'`} }
`;
  const environments = { 'env/dev/s.yaml': service('shop'), 'env/prod/s.yaml': service('shop') };
  const folders =
    '    - git: { repoURL: https://git.example.com/shop.git, directories: [{ path: "env/*" }, { path: env/old, exclude: true }] }';

  test.each([false, true])('of folders in Git, goTemplate %s', async (goTemplate) => {
    const { objects } = await unitsOf({
      ...environments,
      'env/old/s.yaml': service('old'),
      'set.yaml': set(folders, goTemplate),
    });
    const names = goTemplate ? ['shop-dev', 'shop-prod'] : ['shop-{{env}}dev', 'shop-{{env}}prod'];
    expect(objects[`Application argocd/${names[0]}`]).toEqual(['Service dev/shop']);
    expect(objects[`Application argocd/${names[1]}`]).toEqual(['Service prod/shop']);
    expect(objects['folder env/old']).toEqual(['Service /old']);
  });
  test('of folders of a copy under another name, as an Application is; not of a repository whose folders are elsewhere', async () => {
    const made = async (pattern: string) => {
      const root = writeTree({
        ...environments,
        'set.yaml': set(folders.replace('env/*', pattern), true).replaceAll(
          'git.example.com/shop',
          'github.com/somebody/gitops',
        ),
      });
      const tree = await readFolderTree(root, 'https://github.com/somebody/copy.git');
      const { units } = await discoverUnits(tree, noPrograms);
      return units.filter(({ unit }) => unit.kind === 'application').length;
    };
    expect(await made('env/*')).toBe(2);
    expect(await made('clusters/*')).toBe(0);
    expect(await made('*/dev')).toBe(0);
  });
  test('of a matrix of a list, files in Git and the cluster of Argo CD; a finding is placed in the template', async () => {
    const generators = `    - matrix:
        generators:
          - list: { elements: [{ env: eu- }, { env: us- }] }
          - git: { repoURL: https://git.example.com/shop.git, files: [{ path: "env/**/config.json" }] }
    - clusters: {}`;
    const { objects, units, codes } = await unitsOf({
      ...environments,
      'env/dev/config.json': '{"size": "small"}',
      'set.yaml': set(generators),
    });
    expect(Object.keys(objects)).toEqual(
      expect.arrayContaining(['Application argocd/shop-eu-dev', 'Application argocd/shop-us-dev']),
    );
    const made = units.find(({ unit }) => unit.name === 'Application argocd/shop-eu-dev')!;
    expect(made.unit.application!.positionOf(['spec', 'destination'])).toMatchObject({ path: 'set.yaml', line: 16 });
    // the cluster generator knows no path: what it makes reads a folder that is none
    expect(codes).toContain('UNIT_NOT_JUDGED');
  });
  test('that needs a cluster or a service says so, and the other generators are unfolded', async () => {
    const generators = `${folders}
    - clusters: { selector: { matchLabels: { tier: prod } } }
    - scmProvider: { github: { organization: us } }`;
    const { objects, codes } = await unitsOf({ ...environments, 'set.yaml': set(generators) });
    expect(Object.keys(objects)).toContain('Application argocd/shop-{{env}}dev');
    expect(codes).toEqual(['APPLICATIONSET_NOT_JUDGED', 'APPLICATIONSET_NOT_JUDGED']);
  });
  test('that makes nothing is worth a warning', async () => {
    const { codes } = await unitsOf({ 'set.yaml': set('    - list: { elements: [] }') });
    expect(codes).toEqual(['APPLICATIONSET_EMPTY']);
  });
});

thorough(
  'a path out of the repository is an error where Argo CD renders, and not merely something that is not here',
  async () => {
    const above = 'resources: [../../../shared/service.yaml]\n';
    const root = writeTree({
      'app.yaml': application('shop', 'apps/dev'),
      'apps/dev/kustomization.yaml': above,
      'apps/prod/kustomization.yaml': above,
    });
    commitAll(root);
    const { units } = await discoverUnits(await readRepositoryTree(root), noPrograms);
    expect(
      units.flatMap(({ findings }) => findings.map(({ code, severity, where }) => [code, severity, where])),
    ).toEqual([
      ['UNIT_NOT_RENDERED', 'error', 'apps/dev/kustomization.yaml:1:13'],
      ['UNIT_NOT_RENDERED', 'warning', 'apps/prod/kustomization.yaml:1:13'],
    ]);
  },
);
