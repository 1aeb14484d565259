import { expect, test } from 'vitest';
import { discoverUnits } from './discover-units.ts';
import { mergedFolders } from './merged-folders.ts';
import { readFolderTree } from './repository-tree.ts';
import { noPrograms, service, splitRoutes, writeTree } from './tree-fixture.ts';

const ROLLOUT =
  'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: reviews }\nspec: { workloadRef: { kind: Deployment, name: reviews } }\n';

test('of variants in several folders the one nearest to the Rollout is part of the whole', async () => {
  const files = {
    'demo/one/pods/rollout.yaml': ROLLOUT,
    'demo/one/mesh/routes.yaml': splitRoutes(90, 10),
    'demo/two/mesh/routes.yaml': splitRoutes(50, 50),
    'demo/two/mesh/service.yaml': service('only-here'),
  };
  const of = async (given: Readonly<Record<string, string>>) => {
    const { units } = await discoverUnits(await readFolderTree(writeTree(given), undefined), noPrograms);
    const whole = mergedFolders(units).find(({ unit }) => unit.name === 'folder demo/**');
    return whole?.objects.map(({ kind, path }) => `${kind} ${path}`);
  };
  expect(await of(files)).toEqual([
    'VirtualService demo/one/mesh/routes.yaml',
    'DestinationRule demo/one/mesh/routes.yaml',
    'Rollout demo/one/pods/rollout.yaml',
    'Service demo/two/mesh/service.yaml',
  ]);
  const { 'demo/one/pods/rollout.yaml': _, ...others } = files;
  expect((await of(others))?.filter((one) => one.startsWith('VirtualService'))).toHaveLength(2);
});
