/**
 * The one way to stderr. What is said there comes from everywhere (answers of servers, other programs, file names), so
 * before it reaches a terminal or a log
 * - characters that steer are shown instead: escape sequences, carriage returns, invisible and reordering characters;
 * - a secret that the user gave is left out;
 * - no line is a command to GitHub's runner, which reads `::name::` behind any white space and `##[name]` anywhere.
 */
import { showControlCharacters } from '../../../reports/model/control-characters.ts';
import { withoutRunnerCommands } from '../../../reports/text/runner-commands.ts';
import type { OutputStream } from '../world.ts';

/** A stream whose `write` shows what steers and leaves secrets out. */
export interface StderrSink extends OutputStream {
  /** For moving lines: as it is, escape sequences and all. The caller has put every foreign text through `clean`. */
  steer(text: string): void;
  clean(text: string): string;
}

/** @param stream where it goes @param hide takes the secrets of the user out of a text */
export function stderrSink(stream: OutputStream, hide: (text: string) => string = (text) => text): StderrSink {
  const clean = (text: string) => withoutRunnerCommands(showControlCharacters(hide(text)));
  return {
    write: (text) => stream.write(clean(text)),
    steer: (text) => stream.write(text),
    clean,
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
  };
}
