/** What a schema's complaints mean to the person who wrote the document. */
import type { z } from 'zod';
import type { DocumentProblem } from './document-error.ts';
import type { DocumentKind } from './document-kind.ts';
import { nearestName } from './nearest-name.ts';
import { discriminators, knownFields, valueAt } from './schema-fields.ts';
import type { ValuePath, YamlDocument } from './yaml-source.ts';

/** Codes <PREFIX>_UNKNOWN_FIELD, _MISSING_FIELD and _INVALID, each with a sentence that names the field. */
export function problemsOfIssue<Schema extends z.ZodType>(
  kind: DocumentKind<Schema>,
  source: YamlDocument,
  issue: z.core.$ZodIssue,
): DocumentProblem[] {
  const path = issue.path.filter((segment) => typeof segment !== 'symbol');
  const field = fieldName(path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownFields(kind.schema, path, source.value);
    return issue.keys.map((key) => {
      const near = suggestion(key, known);
      const where = field === '' ? `a ${kind.kind}` : field;
      return {
        code: `${kind.prefix}_UNKNOWN_FIELD`,
        sentence: `${where} has no field '${key}'${near || (known.length > 0 ? ` (it has ${known.join(', ')})` : '')}`,
        position: source.positionOfKey(path, key),
      };
    });
  }
  if (issue.code !== 'custom' && !exists(source.value, path))
    return [
      { code: `${kind.prefix}_MISSING_FIELD`, sentence: `${field} is missing`, position: source.positionOf(path) },
    ];
  if (issue.code === 'invalid_union') return [unionProblem(kind, source, issue, path, field)];
  if (issue.code === 'invalid_key')
    return [
      {
        code: `${kind.prefix}_INVALID`,
        sentence: `${field}: ${issue.issues.map(({ message }) => message).join('; ')}`,
        position: source.positionOfKey(path.slice(0, -1), String(path.at(-1))),
      },
    ];
  return [
    {
      code: `${kind.prefix}_INVALID`,
      sentence: `${field} ${sayWhat(issue, valueAt(source.value, path))}`,
      position: source.positionOf(path),
    },
  ];
}

function unionProblem<Schema extends z.ZodType>(
  kind: DocumentKind<Schema>,
  source: YamlDocument,
  issue: z.core.$ZodIssueInvalidUnion,
  path: ValuePath,
  field: string,
): DocumentProblem {
  const options = discriminators(kind.schema, path.slice(0, -1), source.value);
  const typed = valueAt(source.value, path);
  return {
    code: `${kind.prefix}_INVALID`,
    sentence:
      options.length > 0
        ? `${field} must be one of ${options.join(', ')}${suggestion(typed, options)}`
        : `${field} ${issue.message}`,
    position: source.positionOf(path),
  };
}

function suggestion(typed: unknown, known: readonly string[]): string {
  const near = typeof typed === 'string' ? nearestName(typed, known) : undefined;
  return near === undefined ? '' : `; did you mean '${near}'?`;
}

/** `Invalid input: expected string, received number` -> `must be a string, not a number`. */
function sayWhat(issue: z.core.$ZodIssue, value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return `must be a finite number, not ${value}`;
  if (issue.code === 'invalid_type')
    return issue.expected === 'int' && typeof value === 'number'
      ? `must be a whole number, not ${value}`
      : `must be ${article(issue.expected)}, not ${article(typeName(value))}`;
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    return `must be ${allowed.join(' or ')}, not ${JSON.stringify(value)}${suggestion(value, allowed)}`;
  }
  return issue.message;
}

function typeName(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function article(type: string): string {
  const plain = { array: 'list', object: 'mapping', record: 'mapping', int: 'whole number' }[type] ?? type;
  if (plain === 'boolean') return 'true or false';
  return plain === 'null' ? 'empty' : `a ${plain}`;
}

/** `claims[0].virtualService.name` */
function fieldName(path: ValuePath): string {
  return path
    .map((segment, index) => (typeof segment === 'number' ? `[${segment}]` : index === 0 ? segment : `.${segment}`))
    .join('');
}

function exists(value: unknown, path: ValuePath): boolean {
  return valueAt(value, path) !== undefined;
}
