/** The real Kustomize and Helm (CANARYPROOF_KUSTOMIZE, CANARYPROOF_HELM): what they render, and where each field was written. */
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgeRepository } from '../../premerge/judge-repository.ts';
import { packageRoot } from '../../process/package-root.ts';
import { discoverUnits } from '../discover-units.ts';
import { readFolderTree, readRepositoryTree } from '../repository-tree.ts';
import { application, commitAll, git, service, splitRoutes, writeTree } from '../tree-fixture.ts';

const { CANARYPROOF_KUSTOMIZE: kustomize, CANARYPROOF_HELM: helm } = process.env;
if (!kustomize || !helm)
  throw new TypeError('set CANARYPROOF_KUSTOMIZE and CANARYPROOF_HELM to the paths of the programs');
const programs = { kustomize: async () => kustomize, helm: async () => helm };

const ours = () => readdirSync(tmpdir()).filter((name) => /^canaryproof-(kustomize|helm|commit|profile)-/.test(name));
let before: readonly string[];
beforeAll(() => {
  before = ours();
});
afterAll(() => {
  expect(ours()).toEqual(before);
});

const discover = async (root: string) => discoverUnits(await readFolderTree(root, undefined), programs);
const judge = async (root: string) => judgeRepository(await readFolderTree(root, undefined), programs);

describe('Kustomize', () => {
  const BASE = {
    'base/kustomization.yaml':
      'resources: [routes.yaml, service.yaml]\nconfigMapGenerator:\n  - { name: settings, literals: [a=b] }\n',
    'base/routes.yaml': splitRoutes(90, 10),
    'base/service.yaml': service('reviews'),
  };
  const merge = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews, reviews.example.com]
`;
  const operations = '- op: replace\n  path: /spec/host\n  value: reviews.shop.svc.cluster.local\n';

  test('each field is placed at the patch that set it, or else in the base; the private overlay leaves no trace', async () => {
    const root = writeTree({
      ...BASE,
      'over lays/dev/kustomization.yaml': `namespace: dev
namePrefix: dev-
resources: [../../base]
patches:
  - path: hosts.yaml
  - target: { kind: DestinationRule }
    patch: |-
      ${operations.replaceAll('\n', '\n      ').trimEnd()}
`,
      'over lays/dev/hosts.yaml': merge,
    });
    const { units, notJudged } = await discover(root);
    expect(units.map(({ unit }) => unit.name)).toEqual(['kustomization over lays/dev']);
    expect(notJudged).toEqual([]);
    const object = (kind: string) => units[0]!.objects.find((one) => one.kind === kind)!;
    const routes = object('VirtualService');
    expect([routes.name, routes.namespace]).toEqual(['dev-reviews', 'dev']);
    expect(JSON.stringify(routes.value)).not.toContain('config.kubernetes.io');
    expect(routes.positionOf(['spec', 'hosts'])).toMatchObject({ path: 'over lays/dev/hosts.yaml', line: 5 });
    expect(routes.positionOf(['spec', 'http', 1, 'route'])).toMatchObject({ path: 'base/routes.yaml', line: 16 });
    expect(object('DestinationRule').positionOf(['spec', 'host'])).toMatchObject({
      path: 'over lays/dev/kustomization.yaml',
      line: 8,
    });
    expect(object('DestinationRule').positionOf(['spec', 'subsets', 1])).toMatchObject({ path: 'base/routes.yaml' });
    expect(object('ConfigMap').positionOf(['data'])).toMatchObject({ path: 'base/kustomization.yaml' });
    expect(readFileSync(path.join(root, 'base/kustomization.yaml'), 'utf8')).toBe(BASE['base/kustomization.yaml']);
  });
  test('what an Application lays over it: namespace of the destination, images, prefix', async () => {
    const deployment =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop }\nspec: { template: { spec: { containers: [{ name: shop, image: "shop:v1" }] } } }\n';
    const overlay = '    kustomize: { namePrefix: my-, images: ["shop=registry.example.com/shop:v2"] }\n';
    const { units } = await discover(
      writeTree({
        'app.yaml': application('shop', 'k', overlay),
        'k/kustomization.yaml': 'resources: [d.yaml]\n',
        'k/d.yaml': deployment,
      }),
    );
    const [one] = units[0]!.objects;
    expect([one!.name, one!.namespace, JSON.stringify(one!.value)]).toEqual([
      'my-shop',
      'shop',
      expect.stringContaining('registry.example.com/shop:v2'),
    ]);
  });
  test('one that does not build is said in the words of Kustomize, without paths of this machine, and the other units are judged', async () => {
    const { findings, discovered } = await judge(
      writeTree({
        'bad/kustomization.yaml': 'resources: [nowhere.yaml]\n',
        'good/twice.yaml': `${service('x')}---\n${service('x')}`,
      }),
    );
    expect(findings.map(({ code, file }) => `${code} ${file}`)).toEqual([
      'UNIT_NOT_RENDERED bad/kustomization.yaml',
      'OBJECT_DUPLICATE good/twice.yaml',
    ]);
    expect(findings[0]!.sentence).toMatch(/Kustomize says: .*nowhere\.yaml/);
    expect(findings[0]!.sentence).not.toContain(discovered.files.tree.root);
    expect(findings[0]!.sentence).not.toContain('canaryproof-');
  });
  test('a remote base is not fetched: it is named at its line, and so are charts that would be inflated', async () => {
    const { findings } = await judge(
      writeTree({
        'a/kustomization.yaml': 'resources:\n  - github.com/example/base?ref=v1\n',
        'b/kustomization.yaml': 'helmCharts: [{ name: redis, repo: https://charts.example.com }]\n',
      }),
    );
    expect(findings.map(({ code, severity, file, line }) => `${severity} ${code} ${file}:${line}`)).toEqual([
      'info UNIT_NOT_JUDGED a/kustomization.yaml:2',
      'info UNIT_NOT_JUDGED b/kustomization.yaml:1',
    ]);
  });
  test('what lies beside a remote base is judged, and what it may lack there is no error', async () => {
    const { findings, discovered } = await judge(
      writeTree({
        'kustomization.yaml':
          'resources: [github.com/example/base?ref=v1, local, route.yaml]\nhelmCharts: [{ name: redis, repo: https://charts.example.com }]\n',
        'local/kustomization.yaml': 'resources: [service.yaml]\n',
        'local/service.yaml': service('shop'),
        'route.yaml':
          'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: shop }\nspec: { hosts: [shop], http: [{ route: [{ destination: { host: basket } }] }] }\n',
        // a patch of what is not here
        'b/kustomization.yaml': 'resources: [github.com/example/base?ref=v1]\npatches: [{ path: patch.yaml }]\n',
        'b/patch.yaml': 'apiVersion: v1\nkind: Service\nmetadata: { name: base }\nspec: { type: ClusterIP }\n',
      }),
    );
    expect(findings.map(({ code, severity, file, line }) => `${severity} ${code} ${file}:${line}`)).toEqual([
      'warning ROUTE_HOST_WITHOUT_SERVICE route.yaml:4',
      'info UNIT_NOT_JUDGED b/kustomization.yaml:1',
      'info UNIT_JUDGED_IN_PART kustomization.yaml:1',
      'info UNIT_JUDGED_IN_PART kustomization.yaml:2',
    ]);
    const [whole] = discovered.units.filter(({ unit }) => unit.name === 'kustomization .');
    expect(whole?.objects.map(({ kind, name, path: file }) => `${kind} ${name} ${file}`)).toEqual([
      'Service shop local/service.yaml',
      'VirtualService shop route.yaml',
    ]);
  });
  test('a prefix that breaks the references of a Rollout is seen, and its cause said', async () => {
    const { findings } = await judge(path.join(packageRoot(), 'harness/premerge/fixtures/kustomize-name-prefix'));
    const errors = findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, file, line }) => `${code} ${file}:${line}`)).toEqual([
      'ROLLOUT_SERVICE_MISSING base/rollout.yaml:16',
      'ROLLOUT_SERVICE_MISSING base/rollout.yaml:17',
      'ROLLOUT_VIRTUAL_SERVICE_MISSING base/rollout.yaml:20',
      'ROLLOUT_DESTINATION_RULE_MISSING base/rollout.yaml:21',
      'ROLLOUT_TEMPLATE_MISSING base/rollout.yaml:25',
      'ROUTE_HOST_WITHOUT_SERVICE base/routes.yaml:9',
      'ROUTE_HOST_WITHOUT_SERVICE base/routes.yaml:11',
    ]);
    for (const { hint } of errors) expect(hint).toContain('nameReference');
  });
  test.each(['kustomize-patch-file', 'other-yaml-in-repository'])('%s has nothing to be said', async (name) => {
    const { findings } = await judge(path.join(packageRoot(), 'harness/premerge/fixtures', name));
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });
});

describe('Helm', () => {
  const CHART = {
    'chart/Chart.yaml': 'apiVersion: v2\nname: my-shop\nversion: 0.1.0\n',
    'chart/values.yaml': 'weight: 10\nname: reviews\n',
    'chart/values-prod.yaml': 'weight: 5\n',
    'chart/templates/_helpers.tpl': '{{- define "name" -}}{{ .Values.name }}{{- end -}}\n',
    'chart/templates/routes.yaml': `{{- if .Values.weight }}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: {{ include "name" . }}
  namespace: {{ .Release.Namespace }}
spec:
  hosts: [reviews]
  http:
    - route:
        - destination: { host: reviews, subset: v1 }
          weight: 90
        - destination: { host: reviews, subset: v2 }
          weight: {{ .Values.weight }}
{{- end }}
`,
    'chart/templates/tests/ping.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: { name: ping, annotations: { helm.sh/hook: test } }\n',
  };

  test('dependencies that are not here are left out, and the rest is judged; where it needs them, nothing is', async () => {
    const needs = 'dependencies: [{ name: redis, version: 1.0.0, repository: https://charts.example.com }]\n';
    const chart = { ...CHART, 'chart/Chart.yaml': `${CHART['chart/Chart.yaml']}${needs}` };
    const { findings, discovered } = await judge(writeTree(chart));
    expect(findings.map(({ code }) => code)).toContain('UNIT_JUDGED_IN_PART');
    expect(discovered.units[0]).toMatchObject({ isPartial: true, objects: [{ kind: 'VirtualService' }] });
    const included = { ...chart, 'chart/templates/more.yaml': '{{ include "redis.labels" . }}\n' };
    const { discovered: nothing } = await judge(writeTree(included));
    expect(nothing.units[0]).toMatchObject({ objects: [], findings: [{ code: 'UNIT_NOT_JUDGED' }] });
  });

  test('a chart of nobody is judged with each values file beside it; what is wrong with some is a doubt', async () => {
    const zero = CHART['chart/templates/routes.yaml'].replace('weight: 90', 'weight: {{ .Values.rest | default 0 }}');
    const chart = {
      ...CHART,
      'chart/templates/routes.yaml': zero.replace('{{- if .Values.weight }}\n', '').replace('{{- end }}\n', ''),
    };
    const { findings, discovered } = await judge(
      writeTree({
        ...chart,
        'chart/values.yaml': 'weight: 0\nname: reviews\n',
        'chart/env/prod.yaml': 'weight: 10\nrest: 90\n',
        'chart/ci/test-values.yaml': 'weight: 3\n',
        'chart/part-values.yaml': 'name: { is: none }\n',
      }),
    );
    expect(discovered.units.map(({ unit }) => unit.name)).toEqual([
      'chart chart',
      'chart chart with env/prod.yaml',
      'chart chart with part-values.yaml',
      'chart chart with values-prod.yaml',
    ]);
    expect(findings.find(({ code }) => code === 'ROUTE_WEIGHTS_SUM')).toMatchObject({ severity: 'warning' });
  });
  test('values of an Application that something else fills in are not judged, and the chart is', async () => {
    const values = '    helm:\n      values: |\n        name: shop\n        weight: {{.WEIGHT}}\n';
    const { findings, discovered } = await judge(
      writeTree({ ...CHART, 'app.yaml': application('shop', 'chart', values) }),
    );
    expect(findings.filter(({ code }) => code.startsWith('UNIT_'))).toMatchObject([
      { code: 'UNIT_UNFILLED', severity: 'info', file: 'app.yaml' },
    ]);
    expect(discovered.units.map(({ unit }) => unit.name)).toContain('chart chart');
    const broken = values.replace('{{.WEIGHT}}', '[').replace('name: shop', 'name: shop]');
    const { findings: refused } = await judge(
      writeTree({ ...CHART, 'app.yaml': application('shop', 'chart', broken) }),
    );
    expect(refused.find(({ code }) => code === 'UNIT_NOT_RENDERED')).toMatchObject({
      ...{ severity: 'error', file: 'app.yaml', sentence: expect.stringContaining('inline-values.yaml') as string },
    });
    expect(refused[0]?.sentence).not.toContain(tmpdir());
    const { findings: none } = await judge(
      writeTree({
        'app.yaml': application('shop', 'apps', '    helm: { releaseName: a }\n'),
        'apps/service.yaml': service('shop'),
      }),
    );
    expect(none.find(({ code }) => code === 'UNIT_NOT_RENDERED')).toMatchObject({ file: 'app.yaml', line: 7 });
  });

  test('value files, values and parameters in the order of Argo CD; a finding is in the template, with the value behind it', async () => {
    const helmFields =
      '    helm:\n      releaseName: rel\n      valueFiles: [values-prod.yaml]\n      parameters: [{ name: name, value: $ARGOCD_APP_NAME }]\n';
    const { findings, discovered } = await judge(
      writeTree({ ...CHART, 'app.yaml': application('shop', 'chart', helmFields) }),
    );
    const [routes, ...rest] = discovered.units[0]!.objects;
    expect(rest).toEqual([]);
    expect([routes!.name, routes!.namespace]).toEqual(['shop', 'shop']);
    expect(routes!.positionOf(['spec', 'http', 0, 'route', 1, 'weight'])).toEqual({
      path: 'chart/templates/routes.yaml',
      line: 14,
      column: 11,
    });
    expect(discovered.units[0]!.values.get('chart/templates/routes.yaml:14:11')).toBe(
      '.Values.weight (chart/values-prod.yaml:1)',
    );
    expect(findings.find(({ code }) => code === 'ROUTE_WEIGHTS_SUM')).toMatchObject({
      file: 'chart/templates/routes.yaml',
      line: 10,
      units: ['Application argocd/shop'],
    });
  });
  test('value files of another source, and some that may be missing', async () => {
    const sources = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
spec:
  sources:
    - { repoURL: a, path: chart, helm: { valueFiles: [$all/env/prod.yaml, none.yaml], ignoreMissingValueFiles: true, valuesObject: { name: own } } }
    - { repoURL: a, ref: all }
  destination: { namespace: shop }
`;
    const { units } = await discover(writeTree({ ...CHART, 'app.yaml': sources, 'env/prod.yaml': 'weight: 7\n' }));
    expect(units[0]!.objects[0]).toMatchObject({ name: 'own' });
    expect(JSON.stringify(units[0]!.objects[0]!.value)).toContain('"weight":7');
  });
  test('dependencies beside the chart are built as Argo CD builds them, and are no charts of their own', async () => {
    const { units } = await discover(
      writeTree({
        ...CHART,
        'chart/templates/tests/ping.yaml': '',
        'deploy/Chart.yaml':
          'apiVersion: v2\nname: all\nversion: 0.1.0\ndependencies: [{ name: my-shop, version: 0.1.0, repository: "file://../chart" }]\n',
        'app.yaml': application('shop', 'deploy'),
      }),
    );
    expect(units.map(({ unit, objects }) => [unit.name, objects.length])).toEqual([
      ['Application argocd/shop', 1],
      ['folder .', 1],
    ]);
    expect(units[0]!.objects[0]!.path).toBe('chart/templates/routes.yaml');
    expect(units[0]!.findings).toEqual([]);
  });
  test('dependencies that are not vendored are not fetched; a chart of nobody that does not render is only a warning', async () => {
    const dependent = `${CHART['chart/Chart.yaml']}dependencies: [{ name: redis, version: 1.0.0, repository: https://charts.example.com }]\n`;
    const needs = {
      'one/Chart.yaml': CHART['chart/Chart.yaml'],
      'one/templates/x.yaml': '{{ required "give me a host" .Values.host }}\n',
    };
    const { findings } = await judge(writeTree({ ...CHART, 'chart/Chart.yaml': dependent, ...needs }));
    const ofUnits = findings.filter(({ code }) => code.startsWith('UNIT_'));
    expect(ofUnits.map(({ severity, code, file }) => `${severity} ${code} ${file}`)).toEqual([
      'warning UNIT_NOT_RENDERED one/Chart.yaml',
      'info UNIT_JUDGED_IN_PART chart/Chart.yaml',
    ]);
    expect(ofUnits[0]!.sentence).toContain('give me a host');
    // what routes lead to may be in the part that is not here
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('a repository whose root is rendered', () => {
  const whole = async (files: Readonly<Record<string, string>>, link?: readonly [target: string, name: string]) => {
    const root = writeTree(files);
    if (link) symlinkSync(link[0], path.join(root, link[1]));
    commitAll(root);
    git(root, 'config', 'http.extraHeader', 'needle');
    return judgeRepository(await readRepositoryTree(root), programs);
  };
  const generator = (file: string) =>
    `apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: { name: a }\nfiles: [token=${file}]\n`;
  const FILES = {
    'kustomization.yaml': 'generators: [gen.yaml]\nresources: [link]\n',
    'plain.txt': 'plain',
    'parts/base/kustomization.yaml': 'resources: [service.yaml]\n',
    'parts/base/service.yaml': service('shop'),
  };
  test('is given to Kustomize with its links and without the folder of Git', async () => {
    const { discovered } = await whole({ ...FILES, 'gen.yaml': generator('plain.txt') }, ['parts/base', 'link']);
    const [unit] = discovered.units;
    expect(unit?.objects.map(({ kind, path: file }) => `${kind} ${file}`)).toEqual([
      'ConfigMap gen.yaml',
      'Service parts/base/service.yaml',
    ]);
    const { findings } = await whole({ ...FILES, 'gen.yaml': generator('.git/config') }, ['parts/base', 'link']);
    expect(findings.map(({ code }) => code)).toEqual(['UNIT_NOT_RENDERED']);
    expect(findings[0]?.sentence).toContain('.git/config');
    expect(findings[0]?.sentence).not.toMatch(/needle|canaryproof-/);
  });
  test('is read by Helm through links to its files', async () => {
    const chart = (template: string) => ({
      'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
      'templates/a.yaml': template,
      'files/a.txt': 'plain',
    });
    const map = (value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { a: {{ ${value} | quote }}, b: {{ .Files.Get ".git/config" | quote }} }\n`;
    const { discovered } = await whole(chart(map('.Files.Get "files/a.txt"')));
    expect(discovered.units[0]?.objects.map(({ value, path: file }) => [file, value.data])).toEqual([
      ['templates/a.yaml', { a: 'plain', b: '' }],
    ]);
    const { findings } = await whole(chart(map('fail "no such value"')));
    expect(findings.map(({ code }) => code)).toEqual(['UNIT_NOT_RENDERED']);
    expect(findings[0]?.sentence).toMatch(/no such value/);
    expect(findings[0]?.sentence).not.toMatch(/walk\.go|canaryproof-/);
  });
});
