/** How to talk to this user: colours or none, moving lines or plain ones, or silence. */

import type { TalkOptions } from '../verbs/verb.ts';
import type { OutputStream, World } from '../world.ts';
import type { ProgressReader } from './progress-events.ts';
import { createLineProgress } from './progress-lines.ts';
import { createTerminalProgress } from './progress-terminal.ts';
import type { StderrSink } from './stderr-sink.ts';

/** https://no-color.org and https://force-color.org: the user's word goes before what the terminal can do. */
export function hasColour(world: World, stream: OutputStream, options: Pick<TalkOptions, 'color'>): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = world.env;
  if (!options.color || NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY && TERM !== 'dumb';
}

/** By the locale, in the order in which the C library asks. */
export function hasUnicode(world: World): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = world.env;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

/** By CI, which every runner sets. */
export function isContinuousIntegration(world: World): boolean {
  const { CI } = world.env;
  return Boolean(CI) && CI !== 'false' && CI !== '0';
}

/** The reader that writes to stderr; none when quiet. */
export function progressReaderFor(
  world: World & { readonly stderr: StderrSink },
  options: TalkOptions,
): ProgressReader[] {
  if (options.quiet) return [];
  const { stderr } = world;
  const stream = {
    write: (text: string) => stderr.write(text),
    now: world.now,
    every: world.every,
  };
  const moving = stderr.isTTY && world.env.TERM !== 'dumb' && !isContinuousIntegration(world) && !options.verbose;
  return [
    moving
      ? createTerminalProgress({
          ...stream,
          write: (text) => stderr.steer(text),
          clean: (text) => stderr.clean(text),
          columns: () => stderr.columns ?? 80,
          colour: hasColour(world, stderr, options),
          unicode: hasUnicode(world),
        })
      : createLineProgress({ ...stream, verbose: options.verbose === true }),
  ];
}
