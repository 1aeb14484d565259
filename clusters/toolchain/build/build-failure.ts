/** Turns a failed build step into an error that names the program, the reason, the log and what to do. */
import { EXIT, environmentError, HarnessError } from '../../../harness/errors/harness-error.ts';
import { ProgramError } from '../../../harness/process/run-program.ts';

interface KnownReason {
  readonly code: string;
  readonly pattern: RegExp;
  readonly reason: string;
  readonly hint: string;
}

const RESUME = 'what was downloaded and compiled is kept, the same command goes on from there';

/** First match wins, so the causes stand before their consequences. */
const KNOWN_REASONS: readonly KnownReason[] = [
  {
    code: 'TOOLCHAIN_NO_DISK',
    pattern: /no space left on device|disk quota exceeded|\[Errno 28\]/i,
    reason: 'the disk is full',
    hint: `Free some space or set CANARYPROOF_CACHE to a larger disk; ${RESUME}.`,
  },
  {
    code: 'TOOLCHAIN_NO_PIP',
    pattern: /No module named '?"?(pip|zipfile|ensurepip)\b/,
    reason: "Python's pip is not installed",
    hint: 'Install it: apt-get install -y python3-pip (Debian, Ubuntu).',
  },
  {
    code: 'TOOLCHAIN_CHECKSUM',
    pattern: /checksum mismatch|SECURITY ERROR|DO NOT MATCH THE HASHES|EINTEGRITY/i,
    reason: 'a download is not the file that was pinned',
    hint: 'Do not use it. A proxy or mirror may serve other files: check GOPROXY, pip config, npm config, or try another network.',
  },
  {
    code: 'TOOLCHAIN_NETWORK',
    pattern:
      /dial tcp|no such host|i\/o timeout|connection (refused|reset)|network is unreachable|TLS handshake|x509:|proxyconnect|NewConnectionError|Max retries exceeded|Name or service not known|Temporary failure in name resolution|SSLError|ReadTimeout|unexpected EOF|npm error code (ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT)/i,
    reason: 'the package registry cannot be reached',
    hint: `Check the network, HTTPS_PROXY, GOPROXY, pip's index-url and npm's registry; ${RESUME}.`,
  },
  {
    code: 'TOOLCHAIN_NOT_SERVED',
    pattern:
      /No matching distribution found|module lookup disabled|: (403|404|410) |not found: |npm error code (ETARGET|E404|E403)/i,
    reason: 'the package registry does not serve a pinned version',
    hint: "Check GOPROXY, pip's index-url and npm's registry: a mirror may lack it.",
  },
  {
    code: 'TOOLCHAIN_NO_MEMORY',
    pattern: /signal: killed|cannot allocate memory|out of memory/i,
    reason: 'the machine ran out of memory',
    hint: `Close other programs, about 3 GiB should be free; ${RESUME}.`,
  },
  {
    code: 'TOOLCHAIN_MODULE_STALE',
    pattern: /missing go\.sum entry|updates to go\.mod needed|go: go\.mod requires go/,
    reason: 'the wrapper module does not fit the Go toolchain or is incomplete',
    hint: 'This is a fault of the catalogue: report it with the log.',
  },
];

export interface FailedStep {
  /** Such as `kubernetes 1.35.4`. */
  readonly what: string;
  readonly doing: string;
  readonly logFile: string;
}

export function explainBuildFailure({ what, doing, logFile }: FailedStep, error: unknown): HarnessError {
  if (!(error instanceof ProgramError)) {
    if (error instanceof HarnessError) return error;
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
    const known = full ? KNOWN_REASONS[0] : undefined;
    return environmentError(
      known?.code ?? 'TOOLCHAIN_BUILD_FAILED',
      `${doing} ${what} failed: ${known?.reason ?? (error instanceof Error ? error.message : String(error))}`,
      { where: logFile, hint: known?.hint ?? `Read the log; ${RESUME}.`, cause: error },
    );
  }
  if (error.reason === 'canceled')
    return new HarnessError('INTERRUPTED', EXIT.interrupted, `interrupted while ${doing} ${what}`, {
      where: logFile,
      hint: `${RESUME.charAt(0).toUpperCase()}${RESUME.slice(1)}.`,
      cause: error,
    });
  if (error.reason === 'not-found')
    return environmentError('TOOLCHAIN_NO_PROGRAM', `${doing} ${what} failed: ${error.argv[0]} is not installed`, {
      where: logFile,
      hint: error.argv[0]?.startsWith('python3')
        ? 'Install it: apt-get install -y python3 python3-pip (Debian, Ubuntu).'
        : `Install ${error.argv[0]}, or run again: a damaged part of the cache is built anew.`,
      cause: error,
    });
  const output = `${error.stdout}\n${error.stderr}`;
  const known = KNOWN_REASONS.find(({ pattern }) => pattern.test(output));
  const lines = relevantLines(output, 8);
  return environmentError(
    known?.code ?? 'TOOLCHAIN_BUILD_FAILED',
    `${doing} ${what} failed${known ? `: ${known.reason}` : ` with exit code ${error.programExitCode ?? 'unknown'}`}${
      lines.length > 0 ? `\n  ${lines.join('\n  ')}` : ''
    }`,
    { where: logFile, hint: known?.hint ?? `Read the log; ${RESUME}.`, cause: error },
  );
}

/** The last lines that say something: no download notices, no names of compiled packages. */
export function relevantLines(output: string, count: number): readonly string[] {
  return output
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.includes(' ') && !/^go: (downloading|extracting|finding) /.test(line))
    .slice(-count);
}
