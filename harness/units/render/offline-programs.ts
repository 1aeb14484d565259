/**
 * How programs that render are run: with an environment of their own, without any other program, without a network, and not
 * for ever: a template that includes itself would take all the memory of the machine.
 */
import type { ProgramError, RunOptions } from '../../process/run-program.ts';

/** The discard port of this machine: nothing answers there. */
const NOWHERE = 'http://127.0.0.1:9';
/** Several times what the largest charts and kustomizations that we know take. */
const LIMITS = { cpuSeconds: 10, memoryBytes: 512 * 1024 ** 2 };
/** What is read takes some ten times as much memory here. */
const MOST_OUTPUT = 32 * 1024 ** 2;

export const OFFLINE = {
  extendEnv: false,
  env: { PATH: '', HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE, http_proxy: NOWHERE, https_proxy: NOWHERE },
  timeoutMs: 60_000,
  limits: LIMITS,
  maxOutputBytes: MOST_OUTPUT,
} as const satisfies RunOptions;

/** What of its limits a program used up, in words; undefined where it ended by itself. */
export function limitReached({ reason, stderr }: Pick<ProgramError, 'reason' | 'stderr'>): string | undefined {
  if (reason === 'output') return `${MOST_OUTPUT / 1024 ** 2} MiB of output`;
  if (reason === 'timeout') return `${OFFLINE.timeoutMs / 1000} s`;
  if (
    /out of memory|goroutine stack exceeds|stack overflow|cannot allocate memory|^SIGSEGV: /m.test(
      stderr.slice(0, 2000),
    )
  )
    return `${LIMITS.memoryBytes / 1024 ** 2} MiB of memory`;
  return reason === 'signal' ? `${LIMITS.cpuSeconds} s of processor time` : undefined;
}
