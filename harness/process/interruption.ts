import { EXIT, type ExitCode } from '../errors/harness-error.ts';

/** A terminal, npm and our launcher may each deliver the same Ctrl-C; people are slower than this. */
const SAME_KEYSTROKE_MS = 300;

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.terminated } as const;

export interface ProcessInterruption {
  /** Aborts at the first signal, so that what was begun can be ended in order. */
  readonly signal: AbortSignal;
  /** undefined: nobody has told the process to end. */
  exitCode(): ExitCode | undefined;
  /** As a signal of that exit code does. */
  stop(code: ExitCode): void;
}

/**
 * Takes over SIGINT, SIGTERM and SIGHUP of this process for good. The first one aborts; one that comes later than the same
 * keystroke can is of somebody who does not want to wait, and ends the process at once (programs started by execa with it).
 *
 * Never with `once`: execa and the locks listen too, and end a process in which nobody else listens any more, in the
 * middle of whatever the first signal had begun to put in order.
 */
export function listenForInterruption(): ProcessInterruption {
  const controller = new AbortController();
  let exitCode: ExitCode | undefined;
  let firstAtMs = 0;
  function stop(code: ExitCode): void {
    if (exitCode === undefined) {
      exitCode = code;
      firstAtMs = performance.now();
      controller.abort(new DOMException('interrupted', 'AbortError'));
    } else if (performance.now() - firstAtMs > SAME_KEYSTROKE_MS) {
      process.exit(code);
    }
  }
  for (const [name, code] of Object.entries(CODES)) process.on(name, () => stop(code));
  return { signal: controller.signal, exitCode: () => exitCode, stop };
}
