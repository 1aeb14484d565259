/** One question at a terminal. */
import { createInterface } from 'node:readline/promises';
import { EXIT, usageError } from '../../errors/harness-error.ts';

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Readline takes Ctrl-C for itself: it must reach whoever listens to it. */
  readonly interruption: { readonly signal: AbortSignal; stop(code: typeof EXIT.interrupted): void };
  /** Keys are read as they are pressed; undefined: as the streams say. */
  readonly isTerminal?: boolean;
}

/**
 * The line that is typed.
 * @throws HarnessError (exit 2) NO_ANSWER after Ctrl-D, or when the input ends; the reason of the interruption after Ctrl-C
 */
export async function askTerminal(
  question: string,
  { input, output, interruption, isTerminal }: Terminal,
): Promise<string> {
  const { signal } = interruption;
  const terminal = createInterface({ input, output, ...(isTerminal === undefined ? {} : { terminal: isTerminal }) });
  terminal.on('SIGINT', () => interruption.stop(EXIT.interrupted));
  const ended = Promise.withResolvers<never>();
  const leave = () => ended.reject(new Error('the input ended'));
  terminal.once('close', leave);
  try {
    return await Promise.race([terminal.question(question, { signal }), ended.promise]);
  } catch (cause) {
    // the line of the question is not ended by anything else
    output.write('\n');
    if (signal.aborted) throw signal.reason;
    throw usageError('NO_ANSWER', 'the question was not answered', {
      hint: 'Its flag answers it (--help lists them), and --yes takes every default.',
      cause,
    });
  } finally {
    terminal.off('close', leave);
    terminal.close();
  }
}
