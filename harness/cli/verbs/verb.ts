/** What a verb file provides, and the options that several verbs share. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ExitCode } from '../../errors/harness-error.ts';
import type { HiddenWords } from '../../errors/hidden-words.ts';
import type { Services } from '../services.ts';
import type { StderrSink } from '../talk/stderr-sink.ts';
import type { World } from '../world.ts';

/** What `run` hands to each verb. */
export interface VerbContext {
  readonly world: World & { readonly stderr: StderrSink };
  readonly services: Services;
  /** What was typed, for the report's "reproduce" line; values of headers and URLs are masked. */
  readonly commandLine: readonly string[];
  /** The file of flags, as the user named it; its flags are among those of the verb by then. */
  readonly configFile?: string;
  /** What a verb adds here no text on stderr repeats. */
  readonly hidden: HiddenWords;
  /** Tells `run` how the verb ended. */
  finish(exitCode: ExitCode): void;
}

/** Adds arguments, options and the action to a command that has its name and summary. */
export type DefineVerb = (command: Command, context: VerbContext) => void;

/** A verb by what `--help` of the whole program needs; the rest is loaded when it is asked for. */
export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  /** For its help, where the verb does not bring one itself: a command that can be typed. */
  readonly example?: string;
  /** It only reads and tells: Ctrl-C ends it at once, because there is nothing to undo or to write. */
  readonly onlyReads?: true;
  load(): Promise<DefineVerb>;
}

/** Options of every verb that works for a while. */
export interface TalkOptions {
  readonly output?: readonly string[];
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
}

/** Adds `-o`, `-q`, `-v` and `--no-color`. @param formats those that the verb knows; the first is the default */
export function withTalkOptions(command: Command, formats: readonly string[]): Command {
  return command
    .addOption(
      new Option('-o, --output <format[=path]>', `one of ${formats.join(', ')}; repeatable; without a path to stdout`)
        .argParser(collect)
        .default(undefined, 'human'),
    )
    .option('-q, --quiet', 'no progress on stderr')
    .option('-v, --verbose', 'more detail, and the causes of an error')
    .option('--no-color', 'no colours (NO_COLOR, FORCE_COLOR and TERM=dumb are heeded as well)');
}

/** A repeatable option: every value, in the order given. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** `NAME=VALUE`, repeatable, as a record. */
export function collectPairs(value: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = value.indexOf('=');
  if (at < 1 || at === value.length - 1) throw new InvalidArgumentError('expected NAME=VALUE.');
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) };
}

/** @throws InvalidArgumentError (USAGE_INVALID_ARGUMENT, exit 2) for 0, less, and what is no finite number */
export function positiveNumber(value: string): number {
  const number = Number(value);
  if (!(number > 0) || !Number.isFinite(number)) throw new InvalidArgumentError('expected a number above 0.');
  return number;
}

/** @throws InvalidArgumentError (USAGE_INVALID_ARGUMENT, exit 2) for fractions and for what is below 0 */
export function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0 || value.trim() === '')
    throw new InvalidArgumentError('expected a whole number, 0 or more.');
  return number;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** @throws InvalidArgumentError (USAGE_INVALID_ARGUMENT, exit 2) for fractions and for what is below 1 */
export function countNumber(value: string): number {
  const count = wholeNumber(value);
  if (count === 0) throw new InvalidArgumentError('expected a whole number, 1 or more.');
  return count;
}

/** @throws InvalidArgumentError (USAGE_INVALID_ARGUMENT, exit 2) for what is no port */
export function portNumber(value: string): number {
  const port = countNumber(value);
  if (port > 65_535) throw new InvalidArgumentError('expected 1 to 65535.');
  return port;
}

/** What a timer of Node holds: a longer one is over at once, or throws. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * `500ms`, `30s`, `2m`, `1m30s`; a bare number counts seconds. Returns milliseconds.
 * @throws InvalidArgumentError (USAGE_INVALID_ARGUMENT, exit 2), for what is longer than 24 days, too
 */
export function durationMs(value: string): number {
  const ms = spanMs(value);
  if (ms > LONGEST_MS) throw new InvalidArgumentError('expected a duration of at most 24 days.');
  return ms;
}

/** As durationMs, however long. */
export function spanMs(value: string): number {
  if (value.length > 40) return fail();
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (/^\d+(\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000) || fail();
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== value) return fail();
  return (
    Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit as string]!, 0)) || fail()
  );

  function fail(): never {
    throw new InvalidArgumentError('expected a duration such as 500ms, 30s or 2m.');
  }
}
