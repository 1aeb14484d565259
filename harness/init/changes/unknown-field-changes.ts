/** Fields that the API server or a controller drops, so that Argo CD would find their object different from Git for ever. Pure. */
import { pointerTo } from '../../documents/json-pointer.ts';
import type { ValuePath } from '../../documents/yaml-source.ts';
import { asRecord, type ManifestObject } from '../../lint/manifest-set.ts';
import { unknownFields } from '../../lint/schemas/unknown-fields.ts';
import type { UnitFacts } from '../unit-facts.ts';
import { type Change, changesOf } from './change.ts';

export function unknownFieldChanges(facts: UnitFacts): readonly Change[] {
  return facts.objects.flatMap((object) =>
    changesOf(object, facts, [
      ...unknownFields(object).map(({ path, name }) => ({
        reason: `${object.kind} has no field ${name} there: the cluster drops it, and Argo CD would never find the object in sync (lint: UNKNOWN_FIELD)`,
        remove: [pointerTo(...path)],
      })),
      ...emptyFields(object).map((path) => ({
        reason:
          'the Rollouts controller drops empty fields when it notes the revision, and Argo CD would never find the object in sync',
        remove: [pointerTo(...path)],
      })),
    ]),
  );
}

/** Maps without entries; Argo CD compares specifications of pods as Kubernetes reads them, and other fields as they are written. */
function emptyFields({ kind, value }: ManifestObject): readonly ValuePath[] {
  return kind === 'Rollout' ? emptyBelow(value.spec, ['spec']) : [];
}

function emptyBelow(value: unknown, path: ValuePath): readonly ValuePath[] {
  return Object.entries(asRecord(value) ?? {}).flatMap(([name, inner]): readonly ValuePath[] => {
    const at = [...path, name];
    if (at.join('.') === 'spec.template.spec') return [];
    const isEmpty = EMPTIED.has(name) && Object.keys(asRecord(inner) ?? { some: true }).length === 0;
    return isEmpty ? [at] : emptyBelow(inner, at);
  });
}

const EMPTIED = new Set(['labels', 'annotations']);
