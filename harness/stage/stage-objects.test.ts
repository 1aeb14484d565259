import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../k8s/client/object.ts';
import { canaryWeight, declaredShares, readRollout } from '../rollouts/rollout-object.ts';
import { released } from './released.ts';
import { stageNamespace } from './stage.ts';
import { gatewaysElsewhere, stageObjects } from './stage-objects.ts';

/** As a cluster holds them in the middle of a rollout: written by Argo CD, the API server and the controller. */
const LIVE = `
apiVersion: v1
kind: Service
metadata: { name: shop-canary, namespace: shop-dev, uid: u, annotations: { argocd.argoproj.io/tracking-id: x, own/note: kept } }
spec: { clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], selector: { app: shop, rollouts-pod-template-hash: abc }, ports: [{ port: 80, nodePort: 3 }] }
---
apiVersion: v1
kind: Service
metadata: { name: shop, namespace: shop-dev }
spec: { selector: { app: shop }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: kube-root-ca.crt, namespace: shop-dev }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: shop, namespace: shop-dev }
spec: { servers: [{ hosts: [shop.example.com], port: { number: 80 } }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: shop-dev, resourceVersion: "7" }
spec:
  hosts: [shop.example.com, shop]
  gateways: [shop-dev/shop, mesh]
  http:
    - name: primary
      route:
        - { destination: { host: shop-stable.shop-dev.svc.cluster.local }, weight: 75 }
        - { destination: { host: shop-canary.shop-dev.svc.cluster.local }, weight: 25 }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: errors, namespace: shop-dev }
spec: { metrics: [{ name: errors, provider: { prometheus: { query: 'x{destination_service_namespace="shop-dev",app="shop-dev"}' } } }] }
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop, namespace: shop-dev, annotations: { rollout.argoproj.io/revision: "4" } }
spec:
  replicas: 5
  template: { metadata: { labels: { app: shop, version: v1.0.0 } }, spec: { containers: [{ name: shop, image: shop, env: [{ name: VERSION, value: old }, { name: KEEP, value: me }] }, { name: side }] } }
  strategy:
    canary:
      stableService: shop-stable
      canaryService: shop-canary
      trafficRouting: { istio: { virtualService: { name: shop } } }
      analysis: { templates: [{ templateName: errors }] }
      steps:
        - setWeight: 25
        - analysis: { templates: [{ templateName: errors }], args: [{ name: namespace, value: shop-dev }, { name: service, value: shop-dev }] }
        - setWeight: 50
status: { phase: Progressing }
`;
const objects = parseAllDocuments(LIVE).map((document) => document.toJS() as KubeObject);
const rollout = objects.find(({ kind }) => kind === 'Rollout')!;
const declared = readRollout(rollout);
const place = { fromNamespace: 'shop-dev', namespace: 'shop-e', host: 'shop-e.stage.test' };
const plan = { steps: [{ setWeight: 80 }], background: undefined };
const copy = (kind: string, name = 'shop') =>
  stageObjects(objects, declared, place, { replicas: 1, plan }).find(
    (object) => object.kind === kind && object.metadata.name === name,
  )!;

describe('gateways of another namespace', () => {
  const shared: KubeObject = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'shop', namespace: 'edge', uid: 'u' },
    spec: { selector: { istio: 'ingressgateway' }, servers: [{ hosts: ['shop.example.com'], port: { number: 80 } }] },
  };
  const bound = objects.map((object) =>
    object.kind === 'VirtualService'
      ? { ...object, spec: { ...object.spec, gateways: ['edge/shop', 'shop-dev/shop', 'shop', 'mesh', 'edge/shop'] } }
      : object,
  );

  it('are told from those of the application itself, each once', () => {
    expect(gatewaysElsewhere(bound, 'shop-dev')).toEqual([{ namespace: 'edge', name: 'shop' }]);
    expect(gatewaysElsewhere(objects, 'shop-dev')).toEqual([]);
  });

  it('are copied for the host of the copy, beside one of the same name, and its routes are bound to the copies', () => {
    const copies = stageObjects([...bound, shared], declared, place, { replicas: 1, plan });
    const gateways = copies.filter(({ kind }) => kind === 'Gateway');
    expect(gateways.map(({ metadata }) => metadata)).toEqual([
      expect.objectContaining({ namespace: 'shop-e', name: 'shop' }),
      { namespace: 'shop-e', name: 'edge-shop', labels: {}, annotations: {} },
    ]);
    expect(gateways[1]?.spec).toEqual({
      selector: { istio: 'ingressgateway' },
      servers: [{ hosts: ['shop-e.stage.test'], port: { number: 80 } }],
    });
    const route = copies.find(({ kind }) => kind === 'VirtualService');
    expect(route?.spec).toMatchObject({
      gateways: ['shop-e/edge-shop', 'shop-e/shop', 'shop', 'mesh', 'shop-e/edge-shop'],
    });
  });
});

const ROUTED = { trafficRouting: { istio: { virtualService: { name: 'shop' } } } };

describe('a Rollout read', () => {
  it('declares its shares in order, from nothing to everything', () => {
    expect(declaredShares(declared)).toEqual([0, 0.25, 0.5, 1]);
    expect(canaryWeight(objects.find(({ kind }) => kind === 'VirtualService')!, declared)).toBe(25);
  });

  it('reads the weight of the routes that it writes, and not of one for testers before them', () => {
    const to = (host: string, weight: number) => ({ destination: { host }, weight });
    const testers = { name: 'testers', match: [{ headers: {} }], route: [to('shop-canary', 0)] };
    const primary = { name: 'primary', route: [to('shop-stable', 70), to('shop-canary', 30)] };
    const route = { metadata: { name: 'shop' }, spec: { http: [testers, primary] } };
    const named = { ...declared, subsets: undefined, canaryService: 'shop-canary' };
    expect(canaryWeight(route, { ...named, routes: ['primary'] })).toBe(30);
    expect(canaryWeight(route, { ...named, routes: ['testers', 'primary'] })).toBe(0);
    expect(canaryWeight(route, { ...named, routes: ['other'] })).toBeUndefined();
    const both = { istio: { virtualService: { name: 'shop', routes: ['primary'] } } };
    const many = { istio: { virtualServices: [{ name: 'shop', routes: ['a', 'b'] }, { name: 'other' }] } };
    const read = (trafficRouting: object) =>
      readRollout({ ...rollout, spec: { strategy: { canary: { trafficRouting, steps: [{ setWeight: 1 }] } } } });
    expect(read(both)).toMatchObject({ virtualService: 'shop', routes: ['primary'] });
    expect(read(many)).toMatchObject({ virtualService: 'shop', routes: ['a', 'b'] });
    expect(read(ROUTED.trafficRouting)).toMatchObject({ routes: [] });
  });

  it.each([
    ['ROLLOUT_NO_CANARY', { strategy: { blueGreen: {} } }],
    ['ROLLOUT_NO_STEPS', { strategy: { canary: { ...ROUTED, steps: [{ pause: {} }] } } }],
    ['ROLLOUT_NO_TRAFFIC_ROUTING', { strategy: { canary: { steps: [{ setWeight: 1 }] } } }],
  ])('%s is named', (code, spec) => {
    expect(() => readRollout({ ...rollout, spec })).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });
});

describe('a copy for a trial', () => {
  it('is elsewhere, and bare of what the cluster wrote', () => {
    const service = copy('Service', 'shop-canary');
    expect(service.metadata).toEqual({
      name: 'shop-canary',
      namespace: 'shop-e',
      labels: {},
      annotations: { 'own/note': 'kept' },
    });
    expect(service.spec).toEqual({ selector: { app: 'shop' }, ports: [{ port: 80 }] });
    expect(copy('ConfigMap', 'kube-root-ca.crt')).toBeUndefined();
    expect(copy('Rollout').status).toBeUndefined();
  });

  it('answers under its own host, with nothing for the canary yet', () => {
    expect(copy('Gateway').spec).toMatchObject({ servers: [{ hosts: [place.host] }] });
    const { hosts, gateways, http } = copy('VirtualService').spec as {
      hosts: string[];
      gateways: string[];
      http: { route: object[] }[];
    };
    expect([hosts, gateways]).toEqual([
      ['shop', place.host],
      ['shop-e/shop', 'mesh'],
    ]);
    expect(http[0]?.route).toEqual([
      { destination: { host: 'shop-stable.shop-e.svc.cluster.local' }, weight: 100 },
      { destination: { host: 'shop-canary.shop-e.svc.cluster.local' }, weight: 0 },
    ]);
  });

  it('asks about its own namespace, and changes no other name that looks like it', () => {
    expect(JSON.stringify(copy('AnalysisTemplate', 'errors'))).toContain(
      'destination_service_namespace=\\"shop-e\\",app=\\"shop-dev\\"',
    );
    const declaredSteps = stageObjects(objects, declared, place, { replicas: 1, plan: undefined });
    const args = readRollout(declaredSteps.find(({ kind }) => kind === 'Rollout')!).steps[1]?.analysis?.args;
    expect(args).toEqual([
      { name: 'namespace', value: 'shop-e' },
      { name: 'service', value: 'shop-dev' },
    ]);
  });

  it('asks about its own namespace where the steps of the trial hand it on', () => {
    const args = [
      { name: 'namespace', value: 'shop-dev' },
      { name: 'dest-ns', value: 'shop-dev' },
      { name: 'service', value: 'shop-dev' },
      { name: 'host', value: 'shop-canary.shop-dev.svc.cluster.local' },
    ];
    const analysis = { templates: [{ templateName: 'errors' }], args };
    const asked = stageObjects(objects, declared, place, {
      replicas: 1,
      plan: { steps: [{ setWeight: 80 }, { analysis }], background: analysis },
    }).find(({ kind }) => kind === 'Rollout')!;
    const own = {
      ...analysis,
      args: ['shop-e', 'shop-e', 'shop-dev', 'shop-canary.shop-e.svc.cluster.local'].map((value, index) => ({
        ...args[index],
        value,
      })),
    };
    expect((asked.spec as { strategy: { canary: object } }).strategy.canary).toMatchObject({
      steps: [{ setWeight: 80 }, { analysis: own }],
      analysis: own,
    });
  });

  it('has the steps of the trial and no analysis beside them', () => {
    const canary = (copy('Rollout').spec as { strategy: { canary: object }; replicas: number }).strategy.canary;
    expect(canary).toMatchObject({ steps: plan.steps, canaryService: 'shop-canary' });
    expect(canary).not.toHaveProperty('analysis');
    expect(copy('Rollout').spec).toMatchObject({ replicas: 1 });
  });
});

describe('a release', () => {
  it('is another version with its faults, in the first container only', () => {
    const { template } = released(rollout, 'v2', { errorShare: '1/9' }).spec as { template: object };
    expect(template).toMatchObject({
      metadata: { labels: { app: 'shop', version: 'v2' } },
      spec: {
        containers: [
          {
            env: [
              { name: 'KEEP', value: 'me' },
              { name: 'VERSION', value: 'v2' },
              { name: 'BEHAVIOUR', value: '{"errorShare":"1/9"}' },
              { name: 'CANARYPROOF_VERSION', value: 'v2' },
              { name: 'CANARYPROOF_BEHAVIOUR', value: '{"errorShare":"1/9"}' },
            ],
          },
          { name: 'side' },
        ],
      },
    });
  });
});

it.each([
  { selector: { matchLabels: { app: 'shop' } }, label: 'v2' },
  { selector: { matchLabels: { app: 'shop', version: 'v1.0.0' } }, label: 'v1.0.0' },
  { selector: { matchExpressions: [{ key: 'version', operator: 'In', values: ['v1.0.0'] }] }, label: 'v1.0.0' },
])('a release keeps the label that its Rollout selects pods by ($label)', ({ selector, label }) => {
  const { template } = released({ ...rollout, spec: { ...(rollout.spec as object), selector } }, 'v2', undefined)
    .spec as { template: { metadata: { labels: object }; spec: { containers: { env?: object[] }[] } } };
  expect(template.metadata.labels).toMatchObject({ version: label });
  expect(template.spec.containers[0]!.env).toContainEqual({ name: 'CANARYPROOF_VERSION', value: 'v2' });
});

it('names of copies are DNS labels, and two stay two', () => {
  const names = ['undo', 'no-lost-request'].map((claim) => stageNamespace(`${'shop-'.repeat(13)}${claim}`));
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  expect(stageNamespace('shop-undo')).toBe('shop-undo');
});
