/** Fields that do not stay in the cluster, so that Argo CD would find their object different from Git for ever. Pure. */
import { pointerTo } from '../../documents/json-pointer.ts';
import { emptyFields } from '../../lint/schemas/empty-fields.ts';
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
