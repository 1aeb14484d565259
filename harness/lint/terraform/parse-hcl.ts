/**
 * HCL text with positions, by the grammar for tree-sitter that editors use: blocks, attributes, and which variables an
 * expression reads. Nothing is evaluated.
 */
import { createRequire } from 'node:module';
import type { Node, Parser } from 'web-tree-sitter';
import { formatPosition, type SourcePosition } from '../../documents/yaml-source.ts';
import type { Finding } from '../manifest-set.ts';
import { wrong } from '../wrong.ts';
import { type HclBody, readBody } from './hcl-body.ts';

/** `var.name`, wherever it stands. */
export interface VariableReference {
  readonly name: string;
  readonly position: SourcePosition;
  /** Offset in the text. */
  readonly offset: number;
}

export interface HclFile {
  readonly path: string;
  /** Empty where there are problems. */
  readonly body: HclBody;
  readonly references: readonly VariableReference[];
  /** The first one; nothing else is said of a text that is no HCL. */
  readonly problem: HclProblem | undefined;
}

interface HclProblem {
  readonly position: SourcePosition;
  readonly sentence: string;
  /** Terraform would read it. */
  readonly isTooLong: boolean;
}

/** TERRAFORM_HCL_SYNTAX, TERRAFORM_TOO_LARGE. */
export function hclFindings({ problem }: HclFile): readonly Finding[] {
  if (!problem) return [];
  const where = formatPosition(problem.position);
  return problem.isTooLong
    ? [wrong('TERRAFORM_TOO_LARGE', where, problem.sentence, { hint: 'Split it into several files.' })]
    : [
        wrong('TERRAFORM_HCL_SYNTAX', where, problem.sentence, {
          hint: 'Terraform refuses it, too: terraform validate.',
        }),
      ];
}

const GRAMMAR = '@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-hcl.wasm';
/** A hand-written file has some thousand; the grammar takes long to recover from what is none. */
const MOST_CHARACTERS = 512 * 1024;

/** Loaded once, when the first claim asks: two WebAssembly modules, some hundred milliseconds. */
let loading: Promise<Parser> | undefined;

async function load(): Promise<Parser> {
  const { Language, Parser: HclParser } = await import('web-tree-sitter');
  await HclParser.init();
  return new HclParser().setLanguage(await Language.load(createRequire(import.meta.url).resolve(GRAMMAR)));
}

export async function parseHcl(path: string, text: string): Promise<HclFile> {
  const start = { path, line: 1, column: 1 };
  if (text.length > MOST_CHARACTERS)
    return broken(path, start, `it has ${text.length} characters, and up to ${MOST_CHARACTERS} are read`, true);
  loading ??= load();
  const parser = await loading;
  const tree = parser.parse(text);
  if (!tree) return broken(path, start, 'it cannot be read');
  try {
    const at = (node: Node): SourcePosition => ({
      path,
      line: node.startPosition.row + 1,
      column: node.startPosition.column + 1,
    });
    const root = tree.rootNode;
    if (root.hasError) {
      const place = firstError(root);
      return broken(path, at(place), `it is no HCL: ${seen(place.text)}`);
    }
    const read = readBody(root.namedChildren.find((child) => child.type !== 'comment') ?? undefined, at);
    if ('problem' in read) return broken(path, read.problem.position, read.problem.sentence);
    return { path, body: read.body, references: referencesOf(root, at), problem: undefined };
  } finally {
    tree.delete();
  }
}

function broken(path: string, position: SourcePosition, sentence: string, isTooLong = false): HclFile {
  return { path, body: { attributes: [], blocks: [] }, references: [], problem: { position, sentence, isTooLong } };
}

/** The innermost part that holds what the grammar could not read. */
function firstError(root: Node): Node {
  let at = root;
  for (;;) {
    if (at.isError || at.isMissing) return at;
    const inner = at.children.find((child) => child.hasError || child.isMissing);
    if (!inner) return at;
    at = inner;
  }
}

const LONGEST_SEEN = 40;
function seen(text: string): string {
  const [line = ''] = text.trim().split('\n');
  if (line === '') return 'something is missing here';
  return `'${line.length > LONGEST_SEEN ? `${line.slice(0, LONGEST_SEEN)}…` : line}' fits nowhere`;
}

function referencesOf(root: Node, at: (node: Node) => SourcePosition): VariableReference[] {
  return root.descendantsOfType('variable_expr').flatMap((node) => {
    const name = node.text === 'var' ? node.nextNamedSibling : null;
    if (name?.type !== 'get_attr') return [];
    return [{ name: name.text.replace(/^\.\s*/, ''), position: at(node), offset: node.startIndex }];
  });
}
