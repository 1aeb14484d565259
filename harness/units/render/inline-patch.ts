/** Patches that stand as text inside a kustomization. */

import { parseYamlSource, type ValuePath } from '../../documents/yaml-source.ts';
import type { TracedDocument } from '../../lint/manifest-set.ts';

/** Lines inside a block text are counted from the line after its mark (`patch: |-`). */
export function inlineDocuments(text: string, outer: TracedDocument, at: ValuePath): readonly TracedDocument[] {
  const start = outer.positionOf([...at, 'patch']);
  return parseYamlSource(start.path, text).documents.map((document) => ({
    value: document.value,
    positionOf(path) {
      const { line, column } = document.positionOf(path);
      return { path: start.path, line: start.line + line, column: column + start.column - 1 };
    },
  }));
}
