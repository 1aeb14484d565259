import { expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { emptyFields } from './empty-fields.ts';

const ROLLOUT = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop, annotations: {} }
spec:
  selector: { matchLabels: { app: shop }, matchExpressions: [] }
  strategy:
    canary:
      canaryMetadata: { labels: {} }
      analysis: { templates: [{ templateName: a }], args: [] }
      steps: [{ setWeight: 20 }, { pause: {} }]
  template:
    metadata: { annotations: {}, labels: { app: shop } }
    spec: { nodeSelector: {}, containers: [{ name: shop, env: [], resources: {} }] }
`;
const found = (text: string) =>
  parseManifestSet([{ path: 'rollout.yaml', text }]).objects.flatMap((object) =>
    emptyFields(object).map((path) => path.join('.')),
  );

test('what the controller leaves away when it is empty, and nothing that means something', () => {
  expect(found(ROLLOUT).toSorted()).toEqual([
    'spec.selector.matchExpressions',
    'spec.strategy.canary.analysis.args',
    'spec.strategy.canary.canaryMetadata.labels',
    'spec.template.metadata.annotations',
  ]);
});

test('other kinds are written by nobody else', () => {
  expect(found(ROLLOUT.replace('kind: Rollout', 'kind: Deployment'))).toEqual([]);
});
