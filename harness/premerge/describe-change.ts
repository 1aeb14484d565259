/** What a change does to the objects that are applied, in sentences: routes, steps, images, conditions, the rest by name. */
import type { ManifestObject } from '../lint/manifest-set.ts';
import { nameOf } from '../lint/manifest-set.ts';
import type { RenderedUnit } from '../units/unit-model.ts';
import { deliveryChanges } from './delivery-changes.ts';
import { metricChanges } from './metric-changes.ts';
import { routeChanges } from './route-changes.ts';
import type { Pair } from './told-change.ts';

interface Said {
  readonly sentence: string;
  readonly unit: string;
}

/** Named at most in one sentence; more are counted. */
const NAMED = 4;

export function describeChange(before: readonly RenderedUnit[], after: readonly RenderedUnit[]): readonly string[] {
  const earlier = new Map(before.map((one) => [one.unit.name, one]));
  const later = new Map(after.map((one) => [one.unit.name, one]));
  const said: Said[] = [];
  for (const [name, unit] of later) {
    const old = earlier.get(name);
    if (!old) said.push({ sentence: `adds ${name} with ${unit.objects.length} objects`, unit: '' });
    else said.push(...changesOf(old.objects, unit.objects).map((sentence) => ({ sentence, unit: name })));
  }
  for (const name of earlier.keys()) if (!later.has(name)) said.push({ sentence: `removes ${name}`, unit: '' });
  const groups = Map.groupBy(said, ({ sentence }) => sentence);
  return [...groups].map(([sentence, all]) => {
    const units = all.map(({ unit }) => unit).filter((unit) => unit !== '');
    return units.length === 0 || later.size === 1 ? sentence : `${sentence} (${listed(units)})`;
  });
}

function changesOf(before: readonly ManifestObject[], after: readonly ManifestObject[]): readonly string[] {
  const old = byIdentity(before);
  const now = byIdentity(after);
  const added = [...now].filter(([key]) => !old.has(key)).map(([, object]) => nameOf(object));
  const removed = [...old].filter(([key]) => !now.has(key)).map(([, object]) => nameOf(object));
  const pairs = [...now].flatMap(([key, object]): Pair[] => {
    const other = old.get(key);
    return other && JSON.stringify(other.value) !== JSON.stringify(object.value)
      ? [{ before: other, after: object }]
      : [];
  });
  const told = [...routeChanges(pairs), ...deliveryChanges(pairs), ...metricChanges(pairs)];
  const unsaid = pairs
    .filter((pair) => !told.some(({ pairs: own }) => own.includes(pair)))
    .map(({ after: one }) => nameOf(one));
  return [
    ...told.map(({ sentence }) => sentence),
    ...(added.length > 0 ? [`adds ${listed(added)}`] : []),
    ...(removed.length > 0 ? [`removes ${listed(removed)}`] : []),
    ...(unsaid.length > 0 ? [`changes ${listed(unsaid)}`] : []),
  ];
}

function byIdentity(objects: readonly ManifestObject[]): ReadonlyMap<string, ManifestObject> {
  return new Map(objects.map((object) => [`${object.group} ${nameOf(object)}`, object]));
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}
