/** Where results go: `-o FORMAT[=PATH]`, repeatable. stdout takes one format; files take any number. */
import path from 'node:path';
import { showControlCharacters } from '../../../reports/model/control-characters.ts';
import { withoutRunnerCommands, withoutRunnerCommandsIn } from '../../../reports/text/runner-commands.ts';
import { nearestName } from '../../documents/nearest-name.ts';
import { environmentError, usageError } from '../../errors/harness-error.ts';
import { writeFileAtomic } from '../../process/atomic-file.ts';
import type { World } from '../world.ts';

/** One `-o`. */
export interface OutputTarget<Format extends string> {
  readonly format: Format;
  /** Absolute; undefined is stdout. */
  readonly path: string | undefined;
}

/** Of verbs that make a run; the first is the default. */
export const RUN_FORMATS = ['human', 'json', 'ndjson', 'junit', 'markdown', 'github'] as const;
/** One of RUN_FORMATS. */
export type RunFormat = (typeof RUN_FORMATS)[number];
/** Of verbs that print a table; the first is the default. */
export const TABLE_FORMATS = ['human', 'json'] as const;

/** @throws HarnessError OUTPUT_FORMAT, OUTPUT_STDOUT_TWICE, OUTPUT_PATH, OUTPUT_PATH_TWICE (exit 2) */
export function parseOutputs<Format extends string>(
  values: readonly string[] | undefined,
  known: readonly Format[],
  cwd: string,
): readonly OutputTarget<Format>[] {
  const targets = (values ?? [known[0] as string]).map((value) => {
    const at = value.indexOf('=');
    const name = at < 0 ? value : value.slice(0, at);
    const format = known.find((candidate) => candidate === name);
    if (format === undefined) throw unknownFormat(name, known);
    const file = at < 0 ? undefined : value.slice(at + 1);
    if (file === '')
      throw usageError('OUTPUT_PATH', `-o ${value} has no path behind the =`, {
        hint: `Write -o ${name}=FILE, or -o ${name}.`,
      });
    return { format, path: file === undefined ? undefined : path.resolve(cwd, file) };
  });
  const onStdout = targets.filter((target) => target.path === undefined);
  if (onStdout.length > 1)
    throw usageError(
      'OUTPUT_STDOUT_TWICE',
      `stdout can take one format, not ${onStdout.map(({ format }) => format).join(' and ')}`,
      {
        hint: 'Give all but one of them a path, such as -o junit=junit.xml.',
      },
    );
  const paths = targets.flatMap((target) => target.path ?? []);
  // a device takes any number
  const twice = paths.find((file, index) => paths.indexOf(file) < index && !file.startsWith('/dev/'));
  if (twice !== undefined)
    throw usageError('OUTPUT_PATH_TWICE', 'two outputs go to the same file, and the last would replace the first', {
      where: twice,
      hint: 'Give each a file of its own.',
    });
  return targets;
}

function unknownFormat(name: string, known: readonly string[]): Error {
  const near = nearestName(name, known);
  return usageError('OUTPUT_FORMAT', `-o does not know the format '${name}'`, {
    hint: near ? `Did you mean ${near}?` : `Known here: ${known.join(', ')}.`,
  });
}

/** @throws HarnessError OUTPUT_UNWRITABLE (exit 3) */
export async function deliver(world: World, target: OutputTarget<string>, content: string): Promise<void> {
  if (target.path === undefined) return world.stdout.write(forStdout(target.format, content));
  const { path: file } = target;
  await writeFileAtomic(file, content).catch((cause: unknown) => {
    throw environmentError('OUTPUT_UNWRITABLE', `the ${target.format} output cannot be written`, {
      where: file,
      hint: 'Is the path right, may this user write there, and is there space left?',
      cause,
    });
  });
}

/** On stdout of a step of CI everything is read for commands; only `github` consists of some, which are ours. */
export function forStdout(format: string, content: string): string {
  if (format === 'human') return forPeople(content);
  if (format === 'github') return content;
  if (format === 'junit') return withoutRunnerCommandsIn('xml', content);
  return withoutRunnerCommandsIn(format === 'markdown' || format === 'html' ? format : 'json', content);
}

/** Colours are ours; anything else that steers, and what GitHub's runner takes for a command, came from elsewhere. */
function forPeople(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours
  const parts = text.split(/(\u001b\[[\d;]*m)/);
  return withoutRunnerCommands(parts.map((part, index) => (index % 2 ? part : showControlCharacters(part))).join(''));
}
