/** What a failed command prints and exits with: one block with code, message, where, hint, and on demand the causes. */
import { CommanderError } from 'commander';
import { EXIT, type ExitCode, HarnessError } from '../../errors/harness-error.ts';

/** For whom the failure is shown. */
export interface FailureView {
  /** Shows causes. */
  readonly verbose: boolean;
  /** Whether the user asked to stop: an abort is then no bug. */
  readonly interrupted: boolean;
}

/** How a command ends that could not do its work. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** Text for stderr, with its final newline. */
  readonly text: string;
}

/**
 * Never throws. Errors of commander and HarnessError have a code and a hint; anything else is a bug of ours (INTERNAL,
 * exit 70) and is shown with its stack.
 */
export function formatFailure(error: unknown, view: FailureView): Failure {
  if (error instanceof CommanderError) return usageFailure(error);
  if (view.interrupted) return { exitCode: EXIT.interrupted, text: 'interrupted\n' };
  if (error instanceof HarnessError) {
    const lines = [
      `error ${error.code}: ${indent(error.message)}`,
      ...(error.where ? [`  where: ${indent(error.where)}`] : []),
      ...(error.hint ? [`  hint: ${indent(error.hint)}`] : []),
      ...(view.verbose ? causes(error) : []),
    ];
    return { exitCode: error.exitCode, text: `${lines.join('\n')}\n` };
  }
  const lines = [
    `error INTERNAL: ${indent(error instanceof Error ? (error.stack ?? error.message) : String(error))}`,
    ...causes(error),
    '  hint: This is a bug in canaryproof, not in your set-up. Please report it with the lines above.',
  ];
  return { exitCode: EXIT.internal, text: `${lines.join('\n')}\n` };
}

/** commander says "error: unknown option '--x'\n(Did you mean --y?)". */
function usageFailure(error: CommanderError): Failure {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').match(/\((Did you mean .*)\)/s)?.[1];
  const code = `USAGE_${error.code
    .replace(/^commander\./, '')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase()}`;
  const hint = suggestion ?? 'Run the command with --help to see what it takes.';
  return { exitCode: EXIT.usage, text: `error ${code}: ${first}\n  hint: ${hint}\n` };
}

function causes(error: unknown): string[] {
  const lines: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  for (let depth = 0; cause !== undefined && depth < 8; depth += 1) {
    lines.push(`  caused by: ${indent(describeCause(cause))}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

function describeCause(cause: unknown): string {
  if (cause instanceof HarnessError) return `${cause.code}: ${cause.message}`;
  if (cause instanceof Error) return cause.stack ?? cause.message;
  if (typeof cause === 'object' && cause !== null && 'shortMessage' in cause) return String(cause.shortMessage);
  return String(cause);
}

function indent(text: string): string {
  return text.trimEnd().replaceAll('\n', '\n    ');
}
