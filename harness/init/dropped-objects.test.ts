import { expect, test } from 'vitest';
import { proposal } from './proposal-fixture.ts';
import { SHOP } from './repository-fixture.ts';

test('what the cluster of the run is made of is not replaced by what goes by its name', () => {
  const named = (name: string, namespace: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: { selector: { app: a }, ports: [{ port: 80 }] }\n---\n`;
  const dropped = (text: string) =>
    proposal(text + SHOP).changes.flatMap(({ drop, reason }) => (drop?.kind === 'Service' ? [reason] : []));
  expect(dropped(named('istio-ingressgateway', 'istio-system'))).toEqual([
    'the cluster of the run has its own, which this one would replace',
  ]);
  expect(dropped(named('argocd-server', 'argocd'))).toHaveLength(1);
  expect(dropped(named('istio-ingressgateway', 'shop') + named('kiali', 'istio-system'))).toEqual([]);
});

test('jobs that the cluster names are dropped together, and none of them is the last of several', () => {
  const hook = (phase: string) =>
    `apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: check-, annotations: { argocd.argoproj.io/hook: ${phase} } }\nspec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: 'busybox:1' }] } } }\n---\n`;
  const { changes, unprovable } = proposal(hook('PreSync') + hook('PostSync') + SHOP);
  expect(changes.flatMap(({ drop }) => (drop?.kind === 'Job' ? [drop.name] : []))).toEqual(['check-']);
  expect(unprovable.filter(({ what }) => what.includes('check-'))).toEqual([]);
});
