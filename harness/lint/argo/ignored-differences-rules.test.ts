import { describe, expect, it } from 'vitest';
import { lintManifests } from '../lint-manifests.ts';
import { partOfJqPath, partOfPointer } from './ignored-path.ts';

describe('what a path takes out of a VirtualService', () => {
  it.each([
    ['.spec', 'routes'],
    ['.spec.http', 'routes'],
    ['.spec.http[]', 'routes'],
    ['.spec["http"][0]', 'routes'],
    ['.spec.http[] | select(.name == "primary")', 'routes'],
    ['.spec.http[].route', 'destinations'],
    ['.spec.http[] | select(.name == "a(b)") | .route[]', 'destinations'],
    ['.spec.http[].route[].weight', 'inside'],
    ['.spec.http[]?.route[]?.weight', 'inside'],
    ['.spec.http[].route[] | select(.destination.subset == "canary").weight', 'inside'],
    ['.spec.http[0].timeout', 'inside'],
    ['.spec.hosts', undefined],
    ['.metadata.annotations."a.b/c"', undefined],
    ['.spec | to_entries', undefined],
  ])('jq %s', (expression, part) => {
    expect(partOfJqPath(expression)).toBe(part);
  });

  it.each([
    ['/spec/http', 'routes'],
    ['/spec/http/0', 'routes'],
    ['/spec/http/0/route', 'destinations'],
    ['/spec/http/0/route/1', 'destinations'],
    ['/spec/http/0/route/1/weight', 'inside'],
    ['/spec/gateways', undefined],
    ['/status', undefined],
  ])('pointer %s', (pointer, part) => {
    expect(partOfPointer(pointer)).toBe(part);
  });
});

const ROUTES = {
  path: 'routes.yaml',
  text: `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: shop }
spec:
  hosts: [shop]
  http:
    - name: primary
      route:
        - { destination: { host: stable }, weight: 100 }
        - { destination: { host: canary }, weight: 0 }
`,
};
const ROLLOUT = {
  path: 'rollout.yaml',
  text: `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop, namespace: shop }
spec:
  strategy:
    canary:
      stableService: stable
      canaryService: canary
      trafficRouting: { istio: { virtualService: { name: shop, routes: [primary] } } }
      steps: [{ setWeight: 10 }]
`,
};
const RESPECT = 'syncPolicy: { syncOptions: [RespectIgnoreDifferences=true, ApplyOutOfSyncOnly=true] }';

const application = (ignored: string, policy: string, kind = 'VirtualService') => ({
  path: 'argocd/application.yaml',
  text: `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop, namespace: argocd }
spec:
  ignoreDifferences:
    - group: networking.istio.io
      kind: ${kind}
      ${ignored}
  ${policy}
`,
});
const WEIGHTS = 'jqPathExpressions: [".spec.http[].route[].weight"]';

const codes = (files: Parameters<typeof lintManifests>[0]) =>
  lintManifests(files)
    .filter(({ code }) => code.startsWith('IGNORED_'))
    .map(({ code, severity, where }) => [code, severity, where]);

describe('ignoreDifferences over the routes of a VirtualService', () => {
  it.each([
    'jqPathExpressions: [".spec.http"]',
    'jqPathExpressions: [".spec.http[].route"]',
    'jsonPointers: [/spec/http/0]',
  ])('with RespectIgnoreDifferences keeps new routes out for ever: %s', (ignored) => {
    const column = ignored.indexOf('[') + 8;
    expect(codes([ROUTES, application(ignored, RESPECT)])).toEqual([
      ['IGNORED_ROUTES_NEVER_SYNCED', 'error', `argocd/application.yaml:8:${column}`],
    ]);
  });

  it('says what and why', () => {
    expect(lintManifests([ROUTES, application('jsonPointers: [/spec/http]', RESPECT)])).toMatchObject([
      {
        sentence:
          'Application argocd/shop ignores whole routes of VirtualService shop (/spec/http) and respects that at a sync: the live spec.http is written back, and a route that Git adds or changes never arrives',
        hint: expect.stringContaining('.spec.http[].route[].weight'),
      },
    ]);
  });

  it('is told, and no fault, when weights alone are ignored and respected', () => {
    expect(codes([ROUTES, ROLLOUT, application(WEIGHTS, RESPECT)])).toEqual([
      ['IGNORED_WEIGHTS_FREEZE_ROUTES', 'info', 'argocd/application.yaml:8:27'],
    ]);
  });

  it('without the option resets the weights of a canary, where a Rollout writes any', () => {
    const plain = application(WEIGHTS, 'syncPolicy: { automated: { selfHeal: true } }');
    expect(codes([ROUTES, ROLLOUT, plain])).toEqual([
      ['IGNORED_WEIGHTS_RESET', 'warning', 'argocd/application.yaml:8:27'],
    ]);
    expect(codes([ROUTES, plain])).toEqual([]);
    const off = application(WEIGHTS, 'syncPolicy: { syncOptions: [RespectIgnoreDifferences=false] }');
    expect(codes([ROUTES, ROLLOUT, off])).toHaveLength(1);
  });

  it('without the option hides a commit of routes', () => {
    expect(codes([ROUTES, ROLLOUT, application('jqPathExpressions: [".spec.http"]', 'project: default')])).toEqual([
      ['IGNORED_ROUTES_HIDDEN', 'warning', 'argocd/application.yaml:8:27'],
      ['IGNORED_WEIGHTS_RESET', 'warning', 'argocd/application.yaml:8:27'],
    ]);
  });

  it('is not about other kinds, other objects or other fields', () => {
    expect(codes([ROUTES, application('jqPathExpressions: [".spec"]', RESPECT, 'DestinationRule')])).toEqual([]);
    expect(codes([ROUTES, application('jqPathExpressions: [".spec.hosts"]', RESPECT)])).toEqual([]);
    expect(codes([ROUTES, application('name: cart\n      jsonPointers: [/spec/http]', RESPECT)])).toEqual([]);
    expect(codes([application('jsonPointers: [/spec/http]', RESPECT)])).toEqual([]);
  });

  it('is judged in the template of an ApplicationSet too', () => {
    const set = {
      path: 'set.yaml',
      text: `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: shops, namespace: argocd }
spec:
  template:
    spec:
      ignoreDifferences:
        - { group: '*', kind: VirtualService, jsonPointers: [/spec/http] }
      ${RESPECT}
`,
    };
    expect(codes([ROUTES, set])).toEqual([['IGNORED_ROUTES_NEVER_SYNCED', 'error', 'set.yaml:8:62']]);
  });
});
