/** The one program that images need and the toolchain cannot build. */
import { environmentError } from '../../harness/errors/harness-error.ts';
import { ProgramError, runProgram } from '../../harness/process/run-program.ts';

const PACKAGE = 'mmdebstrap';

/** Installs it where that may be done (root, apt-get), saying so. @throws HarnessError IMAGE_TOOL_MISSING */
export async function requireMmdebstrap(say: (text: string) => void): Promise<void> {
  if (await isThere()) return;
  if (process.getuid?.() === 0) {
    say(`installing ${PACKAGE} with apt-get`);
    const apt = (...words: string[]) =>
      runProgram(['apt-get', '-qq', ...words], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    await apt('update')
      .then(() => apt('install', '-y', '--no-install-recommends', PACKAGE))
      // whatever went wrong, the question below is what counts
      .catch((error: unknown) => error);
    if (await isThere()) return;
  }
  throw environmentError('IMAGE_TOOL_MISSING', `${PACKAGE} is not installed: it makes images from Debian packages`, {
    hint: `apt-get install -y ${PACKAGE} (Debian, Ubuntu; other distributions have it under the same name).`,
  });
}

async function isThere(): Promise<boolean> {
  return runProgram([PACKAGE, '--version']).then(
    () => true,
    (error: unknown) => !(error instanceof ProgramError && error.reason === 'not-found'),
  );
}
