import { expect, test } from 'vitest';
import { lintManifests } from '../lint-manifests.ts';

const rollout = (pods: string, own = '') => `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop, labels: { ${own} } }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { ${pods} }
    spec: { containers: [{ name: shop, image: shop }] }
`;
const namespace = (labels: string) =>
  `---\napiVersion: v1\nkind: Namespace\nmetadata: { name: web, labels: { ${labels} } }\n`;
const LABELLED = 'labels: { app: shop, istio-injection: enabled }';

function found(text: string) {
  return lintManifests([{ path: 'a.yaml', text }], { namespace: 'web' })
    .filter(({ code }) => code === 'INJECTION_LABEL_MISPLACED')
    .map(({ severity, where, sentence }) => `${severity} ${where} ${sentence}`);
}

test('the label of namespaces does nothing on pods, nor on what makes them', () => {
  const why =
    'Rollout web/shop carries the label istio-injection, which Istio reads of namespaces only: its pods get no sidecar by it';
  expect(found(rollout(LABELLED))).toEqual([`info a.yaml:7:55 ${why}`]);
  expect(found(rollout('labels: { app: shop }', 'istio-injection: enabled'))).toEqual([
    expect.stringMatching(/^info a\.yaml:3:/),
  ]);
});

test('and is not needed where the namespace has it', () => {
  expect(found(rollout(LABELLED) + namespace('istio-injection: enabled'))).toEqual([
    expect.stringMatching(/^info .*its namespace asks for sidecars, and this does not$/),
  ]);
  expect(found(rollout(LABELLED) + namespace('team: web'))).toEqual([
    expect.stringMatching(/^info .*its pods get no sidecar by it$/),
  ]);
});

test.each([
  'labels: { app: shop, istio-injection: enabled, sidecar.istio.io/inject: "true" }',
  'labels: { app: shop, istio-injection: enabled }, annotations: { sidecar.istio.io/inject: "true" }',
  'labels: { app: shop, istio-injection: disabled }',
  'labels: { app: shop }',
])('where pods ask themselves, or ask for nothing, nothing is said: %s', (pods) => {
  expect(found(rollout(pods))).toEqual([]);
});
