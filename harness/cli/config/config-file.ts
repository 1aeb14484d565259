/**
 * A file of flags: under the name of each verb its flags, as they are typed without the dashes. Values that may stand more
 * than once are lists, flags without a value are true or false.
 *
 *     conform:
 *       assurance: smoke
 *       claim: [bookinfo/split-90-10]
 *
 * @throws HarnessError CONFIG_MISSING, CONFIG_INVALID, CONFIG_UNKNOWN_VERB or CONFIG_UNKNOWN_FLAG (exit 2)
 */
import { readFile } from 'node:fs/promises';
import type { Command, Option } from 'commander';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { nearestName } from '../../documents/nearest-name.ts';
import { usageError } from '../../errors/harness-error.ts';

/** One flag of the file: what it comes to on a command line, and where it stands. */
export interface ConfigFlag {
  /** With its dashes. */
  readonly flag: string;
  readonly words: readonly string[];
  readonly where: string;
}

/** @param shown the file as the user named it */
export async function readConfig(file: string, shown: string, verbs: readonly string[]): Promise<ConfigDocument> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usageError('CONFIG_MISSING', `cannot read the file of flags: ${error.code ?? error.message}`, {
      where: shown,
      hint: 'Name a file that is there; without --config only what is typed counts.',
    });
  });
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const where = (node: Node | null | undefined) =>
    node?.range ? `${shown}:${lines.linePos(node.range[0]).line}` : shown;
  const invalid = (problem: string, at: string) =>
    usageError('CONFIG_INVALID', problem, {
      where: at,
      hint: 'Write a map of verbs, each a map of its flags without the dashes, such as `conform: {assurance: smoke}`.',
    });
  const [broken] = document.errors;
  if (broken !== undefined) throw invalid(broken.message.split('\n')[0] ?? broken.message, shown);
  const root = document.contents;
  if (!isMap<Node, Node>(root)) throw invalid('the file of flags is no map', shown);
  for (const { key } of root.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (verbs.includes(name)) continue;
    const near = nearestName(name, verbs);
    throw usageError('CONFIG_UNKNOWN_VERB', `there is no verb '${name}'`, {
      where: where(key),
      hint: near === undefined ? 'See --help for the verbs.' : `Did you mean '${near}'?`,
    });
  }
  return {
    flagsOf(command) {
      const found = root.items.find(({ key }) => isScalar(key) && key.value === command.name());
      if (found === undefined || found.value === null) return [];
      if (!isMap<Node, Node>(found.value)) throw invalid(`the flags of ${command.name()} are no map`, where(found.key));
      return found.value.items.flatMap(({ key, value }) =>
        flagOf(command, isScalar(key) ? String(key.value) : '', value, where(key)),
      );
    },
  };
}

export interface ConfigDocument {
  /** The flags of a verb, in the order of the file; the command says which there are. */
  flagsOf(command: Command): readonly ConfigFlag[];
}

function flagOf(command: Command, name: string, value: Node | null, where: string): ConfigFlag[] {
  const known = command.options.filter(({ long, hidden }) => long != null && !hidden);
  const names = known.map((option) => option.name().replace(/^no-/, ''));
  const option = known.find((one) => one.long === `--${name}`) ?? known.find((one) => one.long === `--no-${name}`);
  if (option === undefined) {
    const near = nearestName(name, names);
    throw usageError('CONFIG_UNKNOWN_FLAG', `${command.name()} has no flag '--${name}'`, {
      where,
      hint: near === undefined ? `See ${command.name()} --help for its flags.` : `Did you mean '${near}'?`,
    });
  }
  const plain = (isSeq<Node>(value) ? value.items : [value]).map((one) => (isScalar(one) ? one.value : undefined));
  if (plain.some((one) => one === undefined || one === null))
    throw usageError('CONFIG_INVALID', `'${name}' must be a value or a list of values`, {
      where,
      hint: 'As it is typed: one value, or a list where the flag may stand more than once.',
    });
  return [{ flag: option.long!, words: wordsOf(option, name, plain as readonly unknown[], where), where }];
}

/** As they would be typed. */
function wordsOf(option: Option, name: string, values: readonly unknown[], where: string): readonly string[] {
  const long = option.long!;
  if (option.required || option.optional) return values.map((value) => `${long}=${String(value)}`);
  const [value] = values;
  if (values.length !== 1 || typeof value !== 'boolean')
    throw usageError('CONFIG_INVALID', `'${name}' takes no value, so it is true or false`, {
      where,
      hint: 'true is as if it was typed, false as if it was not.',
    });
  const typed = long === `--${name}` ? value : !value;
  return typed ? [long] : [];
}
