/** The recommended change where the policy stands: as a diff of plain files, else by hand with file and line. */
import type { PolicyEdit, PolicyPatch } from '../../reports/model/simulation/recommendation.ts';
import { formatPosition, type ValuePath } from '../documents/yaml-source.ts';
import type { ManifestObject } from '../lint/manifest-set.ts';
import { objectName } from '../simulation/recommend/policy-edits.ts';
import { editField, type FieldEdit } from './edit-field.ts';
import { unifiedDiff } from './unified-diff.ts';

interface PlacedEdit {
  readonly edit: PolicyEdit;
  readonly file: string;
  readonly field: FieldEdit;
}

/** @param read text of a file, by its path from the root of the repository */
export async function policyPatch(
  edits: readonly PolicyEdit[],
  objects: readonly ManifestObject[],
  read: (file: string) => Promise<string | undefined>,
): Promise<PolicyPatch> {
  const placed = edits.flatMap((edit) => {
    const object = objects.find(({ value }) => objectName(value) === edit.object);
    return object ? [placedEdit(edit, object)] : [];
  });
  const files = [...new Set(placed.map(({ file }) => file))].sort();
  const diffs: string[] = [];
  const byHand: PlacedEdit[] = [];
  for (const file of files) {
    const before = await read(file);
    let text = before;
    // from the end on, so that no edit moves the place of another one
    for (const one of placed.filter((other) => other.file === file).toSorted(fromTheEnd)) {
      const changed = text === undefined ? undefined : editField(text, one.field);
      if (changed === undefined) byHand.push(one);
      else text = changed;
    }
    if (before !== undefined && text !== undefined) diffs.push(unifiedDiff(file, before, text));
  }
  const diff = diffs.join('');
  return { diff: diff === '' ? null : diff, byHand: byHand.map(manual) };
}

function placedEdit(edit: PolicyEdit, object: ManifestObject): PlacedEdit {
  const { path, from, to } = edit;
  const key = String(path.at(-1));
  // a new field goes beside the name of its metric
  const place: ValuePath = from === null ? [...path.slice(0, -1), 'name'] : path;
  const { path: file, line, column } = object.positionOf(place);
  const stands = from ?? String(valueAt(object.value, place));
  return { edit, file, field: { at: { line, column }, key, stands, to, isNew: from === null } };
}

function valueAt(value: unknown, path: ValuePath): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string | number, unknown>>)?.[key], value);
}

function fromTheEnd({ field: a }: PlacedEdit, { field: b }: PlacedEdit): number {
  return b.at.line - a.at.line || b.at.column - a.at.column;
}

function manual({ edit, file, field }: PlacedEdit): PolicyPatch['byHand'][number] {
  return {
    where: formatPosition({ path: file, ...field.at }),
    field: `${edit.object} ${edit.path.join('.')}`,
    value: String(edit.to),
  };
}
