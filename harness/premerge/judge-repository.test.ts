import { expect, test } from 'vitest';
import { playPrograms } from '../testkit/fakes/played-programs.ts';
import { readFolderTree } from '../units/repository-tree.ts';
import { noPrograms, service, writeTree } from '../units/tree-fixture.ts';
import { judgeRepository } from './judge-repository.ts';

const OBJECTS = `${service('shop')}---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop }
spec:
  hosts: [shop]
  http:
    - name: primary
      route:
        - { destination: { host: shop }, weight: 50 }
        - { destination: { host: basket }, weight: 50 }
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: shop, image: "shop:v1" }] } }
  strategy:
    canary:
      stableService: shop
      canaryService: shop-canary
      trafficRouting: { istio: { virtualService: { name: shop, routes: [primary] } } }
      steps: [{ setWeight: 50 }, { analysis: { templates: [{ templateName: check }] } }]
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: check }
spec: { metrics: [{ name: up, provider: { prometheus: { address: "http://prometheus:9090", query: "up" } } }] }
`;

test('of a unit of which only a part is here, what other objects lack is doubted, and what is wrong in one is not', async () => {
  const root = writeTree({
    'kustomization.yaml': 'resources: [github.com/example/base?ref=v1, all.yaml]\n',
    'all.yaml': OBJECTS,
  });
  playPrograms(async () => ({ stdout: OBJECTS, stderr: '', exitCode: 0, durationMs: 1 }));
  const programs = { ...noPrograms, kustomize: async () => 'kustomize' };
  const { findings } = await judgeRepository(await readFolderTree(root, undefined), programs);
  const said = findings.map(({ severity, code }) => `${severity} ${code}`);
  expect(said).toContain('error ANALYSIS_CONDITION_MISSING');
  expect(said).toContain('warning ROLLOUT_DESTINATIONS');
  expect(said).toContain('warning ROLLOUT_SERVICE_MISSING');
});
