import { expect, test } from 'vitest';
import { type ManifestObject, parseManifestSet } from '../lint/manifest-set.ts';
import { nearestTo } from './nearest.ts';

const at = (path: string): ManifestObject =>
  parseManifestSet([{ path, text: 'apiVersion: v1\nkind: Service\nmetadata: { name: shop }\n' }]).objects[0]!;

test.each([
  ['beside it', 'demo/v1/rollout.yaml', ['demo/v1/routes.yaml', 'demo/v2/routes.yaml'], ['demo/v1/routes.yaml']],
  ['in a sibling folder', 'a/app/x.yaml', ['a/mesh/r.yaml', 'b/mesh/r.yaml'], ['a/mesh/r.yaml']],
  [
    'of the same environment',
    'rollouts/dev/x.yaml',
    ['routes/prod/r.yaml', 'routes/dev/r.yaml'],
    ['routes/dev/r.yaml'],
  ],
  [
    'as near as another one',
    'app/x.yaml',
    ['app/dev/r.yaml', 'app/prod/r.yaml'],
    ['app/dev/r.yaml', 'app/prod/r.yaml'],
  ],
  ['nowhere', 'app/x.yaml', [], []],
])('the nearest is %s', (_what, own, candidates, expected) => {
  expect(nearestTo(at(own), candidates.map(at)).map(({ path }) => path)).toEqual(expected);
});
