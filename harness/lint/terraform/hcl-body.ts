/** What a body of HCL holds, as plain values: blocks, attributes, expressions. Pure. */
import type { Node } from 'web-tree-sitter';
import type { SourcePosition } from '../../documents/yaml-source.ts';

export interface HclExpression {
  readonly position: SourcePosition;
  /** Its words with one blank between them, without comments: two that mean the same and are laid out otherwise are equal. */
  readonly text: string;
  /** Of a string without a template in it. */
  readonly string: string | undefined;
  /** Of an object, by key. */
  readonly entries: ReadonlyMap<string, HclExpression> | undefined;
}

export interface HclAttribute {
  readonly name: string;
  readonly position: SourcePosition;
  readonly value: HclExpression;
}

export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly position: SourcePosition;
  /** Offsets in the text: of its first character, and behind its last. */
  readonly range: readonly [number, number];
  readonly body: HclBody;
}

export interface HclBody {
  readonly attributes: readonly HclAttribute[];
  readonly blocks: readonly HclBlock[];
}

type Problem = { readonly problem: { readonly position: SourcePosition; readonly sentence: string } };
type At = (node: Node) => SourcePosition;

/** Blocks in blocks: Terraform's own go four deep. */
const DEEPEST = 50;

/** @param node of a body, or undefined where there is nothing */
export function readBody(node: Node | undefined, at: At, depth = 0): { readonly body: HclBody } | Problem {
  const attributes: HclAttribute[] = [];
  const blocks: HclBlock[] = [];
  // values in JSON
  if (node?.type === 'object') return { body: { attributes: ofObject(node, at), blocks } };
  let lastRow = -1;
  for (const part of node?.namedChildren ?? []) {
    if (part.type === 'comment') continue;
    const position = at(part);
    // the grammar does not ask for the line break that HCL does
    if (part.startPosition.row === lastRow)
      return { problem: { position, sentence: 'it must begin on a line of its own' } };
    lastRow = part.endPosition.row;
    if (part.type === 'attribute') {
      const attribute = attributeOf(part, at);
      if (attributes.some(({ name }) => name === attribute.name))
        return { problem: { position, sentence: `${attribute.name} is set twice` } };
      attributes.push(attribute);
      continue;
    }
    if (depth >= DEEPEST) return { problem: { position, sentence: 'it is nested too deeply' } };
    const inner = readBody(
      part.namedChildren.find(({ type }) => type === 'body'),
      at,
      depth + 1,
    );
    if ('problem' in inner) return inner;
    blocks.push({ ...headOf(part), position, range: [part.startIndex, part.endIndex], body: inner.body });
  }
  return { body: { attributes, blocks } };
}

export function attributeNamed({ attributes }: HclBody, name: string): HclAttribute | undefined {
  return attributes.find((attribute) => attribute.name === name);
}

export function blocksOf({ blocks }: HclBody, type: string): readonly HclBlock[] {
  return blocks.filter((block) => block.type === type);
}

function headOf(block: Node): Pick<HclBlock, 'type' | 'labels'> {
  const [type = '', ...labels] = block.namedChildren.flatMap((child) =>
    child.type === 'identifier' ? [child.text] : child.type === 'string_lit' ? [stringOf(child)] : [],
  );
  return { type, labels };
}

function attributeOf(node: Node, at: At): HclAttribute {
  const [name, value] = node.namedChildren.filter(({ type }) => type !== 'comment');
  return { name: name?.text ?? '', position: at(node), value: expressionOf(value ?? node, at) };
}

function ofObject(object: Node, at: At): HclAttribute[] {
  return [...(entriesOf(object, at) ?? [])].map(([name, value]) => ({ name, position: value.position, value }));
}

function expressionOf(node: Node, at: At, depth = 0): HclExpression {
  const inner = only(node.type === 'expression' ? only(node) : node);
  const literal = inner?.type === 'string_lit' ? inner : undefined;
  const object = inner?.type === 'object' && depth < DEEPEST ? inner : undefined;
  return {
    position: at(node),
    text: wordsOf(node),
    string: literal && stringOf(literal),
    entries: object && entriesOf(object, at, depth + 1),
  };
}

function only(node: Node | undefined): Node | undefined {
  const inner = (node?.namedChildren ?? []).filter(({ type }) => type !== 'comment');
  return inner.length === 1 ? inner[0] : undefined;
}

function entriesOf(object: Node, at: At, depth = 0): ReadonlyMap<string, HclExpression> {
  const elements = object.namedChildren.filter(({ type }) => type === 'object_elem');
  return new Map(
    elements.flatMap((element) => {
      const [key, value] = [element.childForFieldName('key'), element.childForFieldName('val')];
      if (!key || !value) return [];
      return [[key.text.replace(/^"(.*)"$/, '$1'), expressionOf(value, at, depth)] as const];
    }),
  );
}

/** The text between the quotes; escapes stay as they are written. */
function stringOf({ namedChildren }: Node): string {
  return namedChildren.find(({ type }) => type === 'template_literal')?.text ?? '';
}

function wordsOf(node: Node): string {
  const words: string[] = [];
  const cursor = node.walk();
  try {
    for (;;) {
      // a text is one word, blanks in it included
      if (cursor.nodeType !== 'string_lit' && cursor.gotoFirstChild()) continue;
      if (cursor.nodeType !== 'comment') words.push(cursor.nodeText.trim());
      while (!cursor.gotoNextSibling()) if (!cursor.gotoParent()) return words.filter((word) => word !== '').join(' ');
    }
  } finally {
    cursor.delete();
  }
}
