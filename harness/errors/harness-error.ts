/**
 * The one error family of canaryproof: a stable code, where it was found, what to do, and the exit code it maps to.
 *
 * Everything a user can cause or meet is a HarnessError; anything else that reaches the top is a bug (exit 70).
 */

/** Process exit codes, frozen once released (README "Exit codes"). */
export const EXIT = {
  passed: 0,
  failed: 1,
  usage: 2,
  environment: 3,
  inconclusive: 4,
  invalid: 5,
  budget: 6,
  internal: 70,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface HarnessErrorOptions {
  /** What the reader should do next: one sentence, often a command. */
  readonly hint?: string;
  /** Where it was found: `file:line:column`, an object name, a URL. */
  readonly where?: string;
  readonly cause?: unknown;
}

export class HarnessError extends Error {
  /** Stable, upper snake case, such as PROFILE_UNKNOWN_FIELD; safe to match in scripts. */
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly where: string | undefined;

  constructor(code: string, exitCode: ExitCode, message: string, options: HarnessErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HarnessError';
    this.code = code;
    this.exitCode = exitCode;
    this.hint = options.hint;
    this.where = options.where;
  }
}

/** Bad input: flags, profiles, manifests. Exit 2. */
export function usageError(code: string, message: string, options?: HarnessErrorOptions): HarnessError {
  return new HarnessError(code, EXIT.usage, message, options);
}

/** The machine, a tool or a cluster is not fit. Exit 3. */
export function environmentError(code: string, message: string, options?: HarnessErrorOptions): HarnessError {
  return new HarnessError(code, EXIT.environment, message, options);
}

/** The evidence cannot be trusted. Exit 5. */
export function invalidEvidenceError(code: string, message: string, options?: HarnessErrorOptions): HarnessError {
  return new HarnessError(code, EXIT.invalid, message, options);
}
