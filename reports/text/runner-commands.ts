/**
 * GitHub's runner reads commands from the output of every step: `::error::` at the start of a line, whatever white space
 * is before it, and the older `##[error]` anywhere in it (actions/runner, ActionCommand.cs, TryParseV2 and TryParse).
 * Text from elsewhere must not be able to give them.
 */

/** A bar in front of lines that would be commands, and a gap in `##[`; anything else stays. */
export function withoutRunnerCommands(text: string): string {
  return text.replace(/^([^\S\n]*)(?=::)/gm, '$1| ').replaceAll('##[', '## [');
}
