/** Whether tests that need a Docker engine can run, and the reason to show beside the skipped ones where not. */
import { execFileSync } from 'node:child_process';

/** Set by `npm test` where it could not start an engine: why. */
export const NO_ENGINE_VARIABLE = 'CANARYPROOF_NO_ENGINE';

/** Undefined where an engine answers. */
export function reasonWithoutEngine(): string | undefined {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: 10_000 });
    return undefined;
  } catch {
    return (
      process.env[NO_ENGINE_VARIABLE] ?? 'no Docker engine answers (node harness/testkit/engine/docker-engine.ts start)'
    );
  }
}
