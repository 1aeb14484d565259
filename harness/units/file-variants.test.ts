import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import { variantUnits } from './file-variants.ts';

const rollout = (image: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: shop }\nspec: { template: { spec: { containers: [{ name: shop, image: "shop:${image}" }] } } }\n`;

test('the file that the others vary comes first', () => {
  const { objects } = parseManifestSet([
    { path: 'k8s/rollout-update.yaml', text: rollout('v2') },
    { path: 'k8s/rollout.yaml', text: rollout('v1') },
  ]);
  const folder = {
    kind: 'directory' as const,
    path: 'k8s',
    recurse: false,
    include: undefined,
    exclude: undefined,
    place: [],
  };
  const found = variantUnits({
    unit: { name: 'folder k8s', kind: 'folder', namespace: '', sources: [folder], application: undefined },
    ...{ objects, findings: [], files: new Set<string>(), values: new Map<string, string>(), isRenamed: false },
  });
  expect(found.map(({ unit }) => unit.name)).toEqual([
    'folder k8s with rollout.yaml',
    'folder k8s with rollout-update.yaml',
  ]);
});
