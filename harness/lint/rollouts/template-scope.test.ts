import { expect, it } from 'vitest';
import { lintManifests } from '../lint-manifests.ts';

const hintOf = (kind: string, entry: string) =>
  lintManifests(
    [
      {
        path: 'all.yaml',
        text: `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: shop }
spec: { strategy: { canary: { analysis: { templates: [{ templateName: check${entry} }] } } } }
---
apiVersion: argoproj.io/v1alpha1
kind: ${kind}
metadata: { name: check }
spec: { metrics: [] }
`,
      },
    ],
    {},
  ).find(({ code }) => code === 'ROLLOUT_TEMPLATE_MISSING')?.hint;

it('a template of the other scope is named, with what makes it the one that is meant', () => {
  expect(hintOf('ClusterAnalysisTemplate', '')).toMatch(
    /There is ClusterAnalysisTemplate check: to run it, set clusterScope/,
  );
  expect(hintOf('AnalysisTemplate', ', clusterScope: true')).toMatch(
    /There is AnalysisTemplate check: .*leave clusterScope out/,
  );
  expect(hintOf('AnalysisTemplate', '')).toBeUndefined();
});
