/** Work grows with the manifests: counted as looks at objects, so that neither machine nor luck decides. */
import { expect, test } from 'vitest';
import { SHAPES } from '../testkit/repositories/lint-shapes.ts';
import { thorough } from '../testkit/runner/thorough.ts';
import { lintSet } from './lint-manifests.ts';
import { type ManifestObject, parseManifestSet } from './manifest-set.ts';

type Units = (all: readonly ManifestObject[]) => readonly (readonly ManifestObject[])[];

const WAYS: readonly (readonly [how: string, units: Units])[] = [
  ['one unit', (all) => [all]],
  ['a unit for each file', (all) => [...Map.groupBy(all, ({ path }) => path).values()]],
];

/** How often kind, name, namespace, value or anything else of some object is looked at. */
function looksAt(objects: readonly ManifestObject[], unitsOf: Units): number {
  let looks = 0;
  const counted = objects.map(
    (object) =>
      new Proxy(object, {
        get(target, key) {
          looks += 1;
          return Reflect.get(target, key);
        },
      }),
  );
  for (const unit of unitsOf(counted))
    lintSet({ files: [], objects: unit, syntaxFindings: [], defaultNamespace: '', others: counted });
  return looks;
}

function growth(name: string, unitsOf: Units, manifests: number): number {
  const looks = (count: number) => looksAt(parseManifestSet(SHAPES[name]!(count)).objects, unitsOf);
  return looks(4 * manifests) / looks(manifests);
}

// comparing all with all comes to 8 and more here; the same few objects again and again do so by what is said of them
test.each(WAYS)(
  'canaries across folders, as %s: four times the manifests are at most five times the work',
  (_, units) => {
    expect(growth('canaries across folders', units, 70)).toBeLessThan(5);
  },
);

const OTHERS = Object.keys(SHAPES).filter((name) => !/^(definitions|twins in folders)$/.test(name));
thorough.each(OTHERS.flatMap((name) => WAYS.map(([how, units]) => ({ name, how, units }))))(
  '$name, as $how: four times the manifests are at most five times the work',
  ({ name, units }) => {
    expect(growth(name, units, 140)).toBeLessThan(5);
  },
);
