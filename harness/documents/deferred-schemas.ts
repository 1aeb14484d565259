/**
 * The schemas of a CustomResourceDefinition, cut out of its text and parsed when somebody reads them. A release of a
 * controller brings megabytes of them, programs write them, and no rule looks at one.
 */
import { parseYamlSource } from './yaml-source.ts';

export interface DeferredText {
  /** As many lines as the whole has, the rest where it was. */
  readonly text: string;
  /** The value of that text with what was cut out of it. */
  restore(value: unknown): unknown;
}

const DEFINITION = /^kind: ["']?CustomResourceDefinition["']?\s*$/m;
const SCHEMA = /^( *)openAPIV3Schema:[ \t]*\r?$/;
/** They could lead out of what is cut, or into it. */
const ANCHOR_OR_ALIAS = /[:-] +[&*]\w/;

/** In characters; a smaller one may be written by hand, and is read whole for its slips. */
const SMALLEST = 16 * 1024;

type Holder = Record<string, unknown>;

/** The text of one document. */
export function defer(text: string): DeferredText {
  const whole = { text, restore: (value: unknown) => value };
  if (text.length < SMALLEST || !DEFINITION.test(text) || ANCHOR_OR_ALIAS.test(text)) return whole;
  const { kept, schemas } = cut(text.split('\n'));
  if (schemas.length === 0) return whole;
  return {
    text: kept.join('\n'),
    restore: (value) => {
      const holders = holdersOf(value);
      if (holders.length !== schemas.length) return parseYamlSource('', text).documents[0]?.value;
      for (const [index, holder] of holders.entries()) define(holder, schemas[index]!);
      return value;
    },
  };
}

/** The value under each `openAPIV3Schema:`, with that line: what is indented deeper. */
function cut(lines: readonly string[]): { readonly kept: readonly string[]; readonly schemas: readonly string[] } {
  const kept: string[] = [];
  const schemas: string[][] = [];
  let indent: number | undefined;
  for (const line of lines) {
    const isInside = indent !== undefined && (line.trim() === '' || line.search(/\S/) > indent);
    if (isInside) {
      kept.push('');
      schemas.at(-1)!.push(line);
      continue;
    }
    const found = SCHEMA.exec(line);
    indent = found?.[1]?.length;
    if (found) schemas.push([line]);
    // spelled out: a key before more than 1,024 blanks is refused
    kept.push(found ? `${found[1]}openAPIV3Schema: null` : line);
  }
  return { kept, schemas: schemas.map((one) => one.join('\n')) };
}

/** In the order of the text: of each version, or of all of them. */
function holdersOf(value: unknown): readonly Holder[] {
  const found: Holder[] = [];
  const visit = (inner: unknown): void => {
    if (typeof inner !== 'object' || inner === null) return;
    if ((inner as Holder).openAPIV3Schema === null) found.push(inner as Holder);
    else for (const one of Object.values(inner)) visit(one);
  };
  visit(value);
  return found;
}

function define(holder: Holder, text: string): void {
  const read = () => (parseYamlSource('', text).documents[0]?.value as Holder | undefined)?.openAPIV3Schema;
  Object.defineProperty(holder, 'openAPIV3Schema', { enumerable: true, configurable: true, get: read });
}
