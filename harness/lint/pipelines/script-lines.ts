/** The commands of a shell script, and what becomes of the exit code of one. Pure; a reading of plain lines, not a shell. */
import type { PipelineStep } from './pipeline.ts';

export interface ScriptLine {
  /** Continued lines joined. */
  readonly text: string;
  /** Why the script goes on when it fails; undefined where its failure is the script's. */
  readonly lost: string | undefined;
}

/** Lines in which the pattern is found. */
export function linesWith({ script = '', shell }: PipelineStep, pattern: RegExp): readonly ScriptLine[] {
  const lines = script
    .replaceAll(/\\\r?\n\s*/g, ' ')
    // what the platform fills in is one word, whatever stands in it
    .replaceAll(/\$\{\{(?:(?!\$\{\{).)*?\}\}/g, 'FILLED_IN')
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
  let { endsOnError, endsInPipes } = shell;
  return lines.flatMap((text, index) => {
    const option = /^set\s+(.*)$/.exec(text)?.[1] ?? '';
    if (/(?:^|\s)-\w*e|-o\s+errexit/.test(option)) endsOnError = true;
    if (/(?:^|\s)\+\w*e|\+o\s+errexit/.test(option)) endsOnError = false;
    if (/-\w*o\s+pipefail/.test(option)) endsInPipes = true;
    if (/\+\w*o\s+pipefail/.test(option)) endsInPipes = false;
    const all = text.matchAll(new RegExp(pattern, `${pattern.flags}g`));
    const found = [...all].find(({ index: at }) => !ONLY_NAMED.test(lastCommand(text.slice(0, at))));
    if (!found) return [];
    const before = text.slice(0, found.index);
    const after = text.slice(found.index);
    const lost = lostBy(before, after, endsInPipes) ?? (endsOnError || endsScript(lines, index) ? undefined : GOES_ON);
    return [{ text, lost }];
  });
}

/** In the same command: what comes after these is printed, fetched or looked for, and not started. */
const ONLY_NAMED = /(?:^|\s)(?:echo|printf|install|add|pull|which|command\s+-v)\s/;

function lastCommand(before: string): string {
  return before.slice(1 + Math.max(...[';', '&', '|', '('].map((end) => before.lastIndexOf(end))));
}

const GOES_ON = 'the script goes on after it, and ends with its last command (there is no set -e)';

function lostBy(before: string, after: string, endsInPipes: boolean): string | undefined {
  const otherwise = /\|\|\s*(.*)$/.exec(after)?.[1];
  if (otherwise !== undefined && !/\b(?:exit\s+[1-9]|exit\s*$|false\b|return\s+[1-9])/.test(otherwise))
    return `a failure is swallowed by '|| ${otherwise}'`;
  if (/(?:^|[;&|]\s*)(?:if|while|until|!)\s/.test(before) || /(?:^|\s)!\s*$/.test(before))
    return 'its exit code is a condition of the script';
  if (/[^|]\|[^|]/.test(after.replaceAll('||', '')) && !endsInPipes)
    return 'what it is piped into decides, as pipefail is not set';
  return /[^&]&\s*$/.test(after) ? 'it runs in the background' : undefined;
}

/** The last command's exit code is the script's. */
function endsScript(lines: readonly string[], index: number): boolean {
  return index === lines.length - 1 && !/;/.test(lines[index] ?? '');
}
