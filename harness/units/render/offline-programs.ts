/** How programs that render are run: with an environment of their own, without any other program, without a network. */
import type { RunOptions } from '../../process/run-program.ts';

/** The discard port of this machine: nothing answers there. */
const NOWHERE = 'http://127.0.0.1:9';

export const OFFLINE = {
  extendEnv: false,
  env: { PATH: '', HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE, http_proxy: NOWHERE, https_proxy: NOWHERE },
  timeoutMs: 120_000,
} as const satisfies RunOptions;
