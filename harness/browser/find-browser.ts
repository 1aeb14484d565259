/** Which browser of this machine loads pages. */
import { environmentError } from '../errors/harness-error.ts';
import { isExecutable, programOnPath } from '../process/find-program.ts';

/** Its path, for machines that have it elsewhere. */
const BROWSER_VARIABLE = 'CANARYPROOF_BROWSER';
/** The shell draws as the whole browser does and starts in a third of the time. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** @throws HarnessError BROWSER_MISSING (exit 3) */
export function findBrowser(environment: Readonly<Record<string, string | undefined>>): string {
  const named = environment[BROWSER_VARIABLE];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw missing(`${BROWSER_VARIABLE} names no program`, named);
  }
  for (const name of NAMES) {
    const found = programOnPath(name, environment.PATH ?? '');
    if (found !== undefined) return found;
  }
  throw missing(`none of ${NAMES.join(', ')} is on PATH, so no page can be loaded`, 'PATH');
}

function missing(message: string, where: string) {
  return environmentError('BROWSER_MISSING', message, {
    where,
    hint: `Install one (on Debian: apt-get install chromium-headless-shell), or name it in ${BROWSER_VARIABLE}.`,
  });
}
