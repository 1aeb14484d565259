/**
 * Checks a YAML document against a schema and says everything that is wrong with it at once, each problem with its
 * code, file, line and column.
 */
import type { z } from 'zod';
import { DocumentError, type DocumentProblem, throwProblems } from './document-error.ts';
import type { DocumentKind } from './document-kind.ts';
import { problemsOfIssue } from './schema-problems.ts';
import { parseYamlSource, type YamlDocument } from './yaml-source.ts';

export interface CheckedDocument<Value> {
  readonly value: Value;
  readonly source: YamlDocument;
}

/**
 * @throws DocumentError (exit 2) with codes <PREFIX>_YAML_SYNTAX, _EMPTY, _SEVERAL_DOCUMENTS, _API_VERSION, _KIND,
 *   _UNKNOWN_FIELD, _MISSING_FIELD, _INVALID.
 */
export function checkDocument<Schema extends z.ZodType>(
  kind: DocumentKind<Schema>,
  path: string,
  text: string,
): CheckedDocument<z.output<Schema>> {
  const { documents, problems: syntax } = parseYamlSource(path, text);
  throwProblems(
    kind.prefix,
    syntax.map(({ sentence, position }) => ({ code: `${kind.prefix}_YAML_SYNTAX`, sentence, position })),
  );
  const [source, second] = documents;
  if (!source)
    throw new DocumentError(kind.prefix, [
      { code: `${kind.prefix}_EMPTY`, sentence: `holds no ${kind.kind}`, position: { path, line: 1, column: 1 } },
    ]);
  if (second)
    throw new DocumentError(kind.prefix, [
      {
        code: `${kind.prefix}_SEVERAL_DOCUMENTS`,
        sentence: `holds ${documents.length} documents, but one ${kind.kind} is wanted`,
        position: second.positionOf([]),
      },
    ]);
  throwProblems(kind.prefix, headProblems(kind, source));
  const result = kind.schema.safeParse(source.value);
  if (result.success) return { value: result.data, source };
  throwProblems(
    kind.prefix,
    result.error.issues.flatMap((issue) => problemsOfIssue(kind, source, issue)),
  );
  throw result.error;
}

/** What the document claims to be comes first: the fields of another kind would only confuse. */
function headProblems<Schema extends z.ZodType>(kind: DocumentKind<Schema>, source: YamlDocument): DocumentProblem[] {
  const { value } = source;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [
      {
        code: `${kind.prefix}_INVALID`,
        sentence: `a ${kind.kind} is a mapping of fields`,
        position: source.positionOf([]),
      },
    ];
  const head = value as { apiVersion?: unknown; kind?: unknown };
  const problems: DocumentProblem[] = [];
  if ('kind' in head && head.kind !== kind.kind)
    problems.push({
      code: `${kind.prefix}_KIND`,
      sentence: `kind is ${JSON.stringify(head.kind)}, but a ${kind.kind} is wanted here`,
      position: source.positionOf(['kind']),
    });
  if ('apiVersion' in head && head.apiVersion !== kind.apiVersion)
    problems.push({
      code: `${kind.prefix}_API_VERSION`,
      sentence: `apiVersion ${JSON.stringify(head.apiVersion)} is not known; this version reads ${kind.apiVersion}`,
      position: source.positionOf(['apiVersion']),
    });
  return problems;
}
