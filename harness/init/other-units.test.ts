import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import type { RenderedUnit } from '../units/unit-model.ts';
import { objectsOfUnits } from './other-units.ts';

function unit(
  name: string,
  kind: 'application' | 'folder',
  ...objects: readonly [name: string, note: string][]
): RenderedUnit {
  const text = objects.map(
    ([own, note]) =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: ${own}, namespace: shop }\nspec: { note: ${note} }\n`,
  );
  return {
    unit: { name, kind, namespace: 'shop', sources: [], application: undefined },
    ...{ objects: parseManifestSet([{ path: `${name}.yaml`, text: text.join('---\n') }]).objects },
    ...{ findings: [], files: new Set(), values: new Map(), isRenamed: false },
  };
}

test('what an Application delivers is not taken from a folder that none reads', () => {
  const found = objectsOfUnits([
    unit('drafts', 'folder', ['shop', 'draft'], ['alone', 'draft']),
    unit('production', 'application', ['shop', 'delivered']),
    unit('staging', 'application', ['shop', 'too']),
  ]);
  expect(found.map(({ name, value }) => [name, (value.spec as { note: string }).note])).toEqual([
    ['shop', 'delivered'],
    ['shop', 'too'],
    ['alone', 'draft'],
  ]);
});
