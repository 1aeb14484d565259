/** Faults of routes, of delivery and of order as they are met in the field: what the whole of lint says, and nothing else. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintManifests } from '../lint/lint-manifests.ts';
import { readDeclaredSplit, weightsOf } from '../lint/routes/declared-split.ts';
import { packageRoot } from '../process/package-root.ts';
import { readFolderTree } from '../units/repository-tree.ts';
import { application, noPrograms, service, writeTree } from '../units/tree-fixture.ts';
import { judgeRepository } from './judge-repository.ts';

async function judged(files: Readonly<Record<string, string>>): Promise<string[]> {
  const { findings } = await judgeRepository(await readFolderTree(writeTree(files), undefined), noPrograms);
  return findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${line}`);
}

const PODS = ['v1', 'v2']
  .map(
    (version) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: cart-${version} }\nspec: { template: { metadata: { labels: { app: cart, version: ${version} } } } }\n`,
  )
  .join('---\n');
const RULE = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: cart }
spec:
  host: cart
  subsets: [{ name: stable, labels: { version: v1 } }, { name: canary, labels: { version: v2 } }]
`;
const splitOf = (stable: number, canary: number) =>
  `[{ destination: { host: cart, subset: stable }, weight: ${stable} }, { destination: { host: cart, subset: canary }, weight: ${canary} }]`;
const virtualService = (name: string, host: string, http: string) =>
  `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name} }
spec:
  hosts: [${host}]
  http:
${http}`;
const repository = (routes: string) => ({
  'argocd/app.yaml': application('shop', 'app'),
  'app/services.yaml': service('cart'),
  'app/pods.yaml': PODS,
  'app/rule.yaml': RULE,
  'app/routes.yaml': routes,
});

describe('routes', () => {
  test('the route for testers behind the one for everybody', async () => {
    const everybody = `    - route: ${splitOf(95, 5)}\n`;
    const testers =
      '    - match: [{ headers: { x-canary-test: { exact: "true" } } }]\n      route: [{ destination: { host: cart, subset: canary } }]\n';
    expect(await judged(repository(virtualService('cart', 'cart', everybody + testers)))).toEqual([
      'error ROUTE_UNREACHABLE app/routes.yaml:8',
    ]);
    expect(await judged(repository(virtualService('cart', 'cart', testers + everybody)))).toEqual([]);
  });
  test('a route for those who carry a cookie already: the split is that of everybody else', async () => {
    const sticky = virtualService(
      'cart',
      'cart',
      `    - name: sticky
      match: [{ headers: { Cookie: { regex: ".*cart-canary.*abc.*" } } }]
      route: ${splitOf(0, 100)}
    - name: primary
      route: ${splitOf(90, 10)}
`,
    );
    expect(await judged(repository(sticky))).toEqual([]);
    const files = Object.entries(repository(sticky)).map(([name, text]) => ({ path: name, text }));
    const split = readDeclaredSplit(files, { virtualService: { name: 'cart' }, namespace: 'shop' });
    expect(weightsOf(split)).toEqual({ stable: 90, canary: 10 });
  });
  test('two VirtualServices for one host of the mesh', async () => {
    const all = virtualService(
      'all',
      'cart.shop.svc.cluster.local',
      '    - route: [{ destination: { host: cart, subset: stable } }]\n',
    );
    const split = virtualService('cart', 'cart', `    - route: ${splitOf(90, 10)}\n`);
    expect(await judged(repository(`${all}---\n${split}`))).toEqual([
      'error VIRTUAL_SERVICE_HOST_TWICE app/routes.yaml:13',
    ]);
  });
  test('a root at the edge alone is an error where a claim asks for its delegate in the mesh', () => {
    const file = path.join(packageRoot(), 'harness/premerge/fixtures/delegate/app/routes.yaml');
    const text = readFileSync(file, 'utf8');
    const codes = (neededInMesh: { name: string }[]) =>
      lintManifests([{ path: 'routes.yaml', text }], { namespace: 'shop', neededInMesh })
        .filter(({ code }) => code === 'ROUTE_NOT_IN_MESH')
        .map(({ severity }) => severity);
    const delegate = /delegate: \{ name: ([\w-]+)/.exec(text)?.[1] ?? '';
    expect(codes([{ name: delegate }])).toEqual(['error']);
    expect(codes([])).toEqual(['warning']);
  });
});

describe('delivery', () => {
  const rollout = (pause: string, wave = '0') => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: cart, annotations: { argocd.argoproj.io/sync-wave: "${wave}" } }
spec:
  replicas: 2
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec: { containers: [{ name: cart, image: "registry.example.com/cart:v1" }] }
  strategy:
    canary:
      canaryService: cart-canary
      stableService: cart
      steps: [{ setWeight: 50 }, { analysis: { templates: [{ templateName: check }] } }, { pause: ${pause} }]
      trafficRouting: { istio: { virtualService: { name: cart, routes: [primary] } } }
`;
  const template = (wave: string) => `apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: check, annotations: { argocd.argoproj.io/sync-wave: "${wave}" } }
spec:
  metrics:
    - name: smoke
      provider: { job: { spec: { template: { spec: { restartPolicy: Never, containers: [] } } } } }
`;
  const routes = virtualService(
    'cart',
    'cart',
    '    - name: primary\n      route: [{ destination: { host: cart }, weight: 100 }, { destination: { host: cart-canary }, weight: 0 }]\n',
  );
  const delivered = (extra: Readonly<Record<string, string>>) => ({
    'argocd/app.yaml': application('shop', 'app'),
    'app/services.yaml': service('cart'),
    'app/canary.yaml': service('cart').replace('name: cart', 'name: cart-canary'),
    'app/routes.yaml': routes,
    'app/rollout.yaml': rollout('{ duration: 1m }'),
    'app/template.yaml': template('0'),
    ...extra,
  });
  test('a sound one has nothing to be said', async () => {
    expect(await judged(delivered({}))).toEqual([]);
  });
  test('ignored images of a Rollout freeze its containers', async () => {
    const ignoring = `${application('shop', 'app')}  ignoreDifferences:
    - group: argoproj.io
      kind: Rollout
      jqPathExpressions:
        - .spec.template.spec.containers[].image
        - .spec.template.spec.containers[].imagePullPolicy
  syncPolicy: { syncOptions: [RespectIgnoreDifferences=true] }
`;
    expect(await judged(delivered({ 'argocd/app.yaml': ignoring }))).toEqual([
      'warning IGNORED_CONTAINERS_FROZEN argocd/app.yaml:13',
    ]);
  });
  test('a template in a later wave, and a hook behind a human', async () => {
    const hook =
      'apiVersion: batch/v1\nkind: Job\nmetadata: { name: smoke, annotations: { argocd.argoproj.io/hook: PostSync } }\nspec: {}\n';
    expect(
      await judged(
        delivered({ 'app/template.yaml': template('1'), 'app/after.yaml': hook, 'app/rollout.yaml': rollout('{}') }),
      ),
    ).toEqual(['warning SYNC_WAITS_FOR_PAUSE app/after.yaml:3', 'warning SYNC_WAVE_AFTER_ROLLOUT app/template.yaml:3']);
  });
  test('a field at a wrong place is one that the cluster drops', async () => {
    const misplaced = rollout('{ duration: 1m }').replace('canary:\n', 'canary:\n      template: check\n');
    expect(await judged(delivered({ 'app/rollout.yaml': misplaced }))).toEqual([
      'warning UNKNOWN_FIELD app/rollout.yaml:12',
    ]);
  });
});
