/** Applies an overlay to rendered objects. Pure. */
import { withoutValueAt, withValueAt } from '../documents/json-pointer.ts';
import { usageError } from '../errors/harness-error.ts';
import type { Overlay, OverlayChange, OverlayTarget } from './overlay-document.ts';

/** An object as it is committed; what the overlay adds comes from nowhere. */
export interface PlacedObject {
  readonly value: Readonly<Record<string, unknown>>;
  /** `file:line` in the repository it is rendered from; undefined for what the overlay adds. */
  readonly origin: string | undefined;
}

/**
 * Changes in the order of the document; a later one sees what an earlier one made.
 * @throws HarnessError (exit 2) OVERLAY_STALE for a change of something that is not there (any more)
 */
export function applyOverlay(
  objects: readonly PlacedObject[],
  { changes }: Overlay,
  file: string,
): readonly PlacedObject[] {
  return changes.reduce<readonly PlacedObject[]>((current, change) => applied(current, change, file), objects);
}

function applied(objects: readonly PlacedObject[], change: OverlayChange, file: string): readonly PlacedObject[] {
  if (change.add) return [...objects, { value: change.add, origin: undefined }];
  const target = (change.drop ?? change.object)!;
  const found = objects.filter((object) => matches(object, target));
  if (found.length === 0) throw stale(`there is no ${named(target)} to change`, file);
  if (change.drop) return objects.filter((object) => !found.includes(object));
  return objects.map((object) =>
    found.includes(object) ? { ...object, value: edited(object, change, file) } : object,
  );
}

function edited({ value }: PlacedObject, { object, set, remove }: OverlayChange, file: string): PlacedObject['value'] {
  let next: unknown = value;
  for (const pointer of remove ?? []) next = orStale(withoutValueAt(next, pointer), pointer);
  for (const [pointer, own] of Object.entries(set ?? {})) next = orStale(withValueAt(next, pointer, own), pointer);
  return next as PlacedObject['value'];

  function orStale(made: unknown, pointer: string): unknown {
    if (made === undefined) throw stale(`${named(object!)} has no ${pointer} to change`, file);
    return made;
  }
}

function matches({ value }: PlacedObject, { kind, name, namespace }: OverlayTarget): boolean {
  const metadata = (value.metadata ?? {}) as Readonly<Partial<Record<'name' | 'generateName' | 'namespace', unknown>>>;
  const own = metadata.name ?? metadata.generateName;
  return value.kind === kind && own === name && (namespace === undefined || metadata.namespace === namespace);
}

function named({ kind, name, namespace }: OverlayTarget): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function stale(sentence: string, file: string): Error {
  return usageError('OVERLAY_STALE', `${sentence}: the repository has changed since the overlay was written`, {
    where: file,
    hint: 'Run canaryproof init --force again, or edit the overlay.',
  });
}
