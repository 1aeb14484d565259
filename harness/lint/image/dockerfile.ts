/**
 * A Dockerfile as its stages and instructions. Enough of the language for static rules: parser directives, continued lines,
 * here-documents, the JSON form, flags. What it does not know it leaves out, so that no rule speaks of it. Pure.
 */

export interface Instruction {
  /** In upper case, such as `COPY`. */
  readonly name: string;
  /** `--from=build` as `from` -> `build`; several of one name joined by a blank. */
  readonly flags: Readonly<Record<string, string>>;
  /** What stands behind the flags, lines joined by a blank; of the JSON form the words, joined likewise. */
  readonly text: string;
  readonly words: readonly string[];
  /** From 1. */
  readonly line: number;
}

export interface Stage {
  /** `AS build`, in lower case, as BuildKit compares them. */
  readonly name: string | undefined;
  readonly index: number;
  /** Image, or name of an earlier stage. */
  readonly base: string;
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

const HEREDOC = /<<-?\s*(["']?)([A-Za-z_]\w*)\1/g;

export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { stage: Omit<Stage, 'instructions'>; instructions: Instruction[] }[] = [];
  for (const one of instructionsOf(text)) {
    if (one.name !== 'FROM') {
      stages.at(-1)?.instructions.push(one);
      continue;
    }
    const [base = '', as, name] = one.words;
    const isNamed = as?.toUpperCase() === 'AS';
    stages.push({
      stage: { name: isNamed ? name?.toLowerCase() : undefined, index: stages.length, base, line: one.line },
      instructions: [],
    });
  }
  return stages.map(({ stage, instructions }) => ({ ...stage, instructions }));
}

function* instructionsOf(text: string): Generator<Instruction> {
  const lines = text.split(/\r?\n/);
  const continues = /^#\s*escape\s*=\s*`\s*$/im.test(lines.slice(0, 3).join('\n')) ? '`' : '\\';
  for (let at = 0; at < lines.length; at += 1) {
    if (isEmpty(lines[at])) continue;
    const line = at + 1;
    const parts: string[] = [];
    for (; at < lines.length; at += 1) {
      const one = lines[at] ?? '';
      // a comment or an empty line inside of a continued one is left out
      if (isEmpty(one) && parts.length > 0) continue;
      const isContinued = one.trimEnd().endsWith(continues);
      parts.push(isContinued ? one.trimEnd().slice(0, -1).trim() : one.trim());
      if (!isContinued) break;
    }
    const whole = parts.filter((part) => part !== '').join(' ');
    for (const [, , word] of whole.matchAll(HEREDOC)) {
      while (at + 1 < lines.length && lines[at + 1]?.trim() !== word) at += 1;
      at += 1;
    }
    const instruction = instructionOf(whole, line);
    if (instruction) yield instruction;
  }
}

const isEmpty = (line = ''): boolean => /^\s*(#.*)?$/.test(line);

function instructionOf(whole: string, line: number): Instruction | undefined {
  const [, name, rest = ''] = /^([A-Za-z]+)(?:\s+(.*))?$/.exec(whole) ?? [];
  if (name === undefined) return undefined;
  const flags: Record<string, string> = {};
  let text = rest.trim();
  for (;;) {
    const [flag, key = '', value = ''] = /^--([a-z-]+)(?:=(\S+))?\s*/.exec(text) ?? [];
    if (flag === undefined) break;
    flags[key] = flags[key] === undefined ? value : `${flags[key]} ${value}`;
    text = text.slice(flag.length);
  }
  const words = jsonWords(text) ?? text.split(/\s+/).filter((word) => word !== '');
  return { name: name.toUpperCase(), flags, words, text: words.join(' '), line };
}

function jsonWords(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
  } catch {
    return undefined;
  }
}
