/**
 * GitHub's runner reads commands from the output of every step: `::error::` at the start of a line, whatever white space
 * is before it, and the older `##[error]` anywhere in it (actions/runner, ActionCommand.cs, TryParseV2 and TryParse).
 * Text from elsewhere must not be able to give them.
 */

/** A bar in front of lines that would be commands, and a gap in `##[`; anything else stays. */
export function withoutRunnerCommands(text: string): string {
  return text.replace(/^([^\S\n]*)(?=::)/gm, '$1| ').replaceAll('##[', '## [');
}

/** Documents whose readers find the same text in them afterwards: each is written down in another way. */
export function withoutRunnerCommandsIn(format: 'json' | 'xml' | 'html' | 'markdown', document: string): string {
  switch (format) {
    case 'json':
      // both occur only inside of strings; a line begins with neither
      return document.replaceAll('##[', '#\\u0023[');
    case 'xml':
      return document.replace(/^([^\S\n]*):(?=:)/gm, '$1&#58;').replaceAll('##[', '#&#35;[');
    case 'html':
      // a reference inside of a script would be another text
      return document.replace(/^([^\S\n]*):(?=:)/gm, '$1&#58;').replaceAll('##[', '#\u200b#[');
    case 'markdown':
      return document.replace(/^([^\S\n]*)(?=::)/gm, '$1\\').replaceAll('##[', '#\u200b#[');
  }
}
