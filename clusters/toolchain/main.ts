/**
 * Runs the toolchain alone, for people and CI: `npm run toolchain -- ensure k6 etcd argo-rollouts=1.8.5`.
 * Verbs: ensure NAME[=VERSION]..., status [--thorough], sbom, clean [build-caches|outdated|everything].
 * CANARYPROOF_GOMODCACHE and CANARYPROOF_GOCACHE, both set, name warm Go caches that are used and kept.
 */
import { homedir } from 'node:os';
import { HarnessError, usageError } from '../../harness/errors/harness-error.ts';
import { listenForInterruption } from '../../harness/process/interruption.ts';
import { defaultCacheDirectory } from './cache-layout.ts';
import { gibibytes } from './disk-space.ts';
import { goCachesFromEnvironment } from './go/go-caches.ts';
import { linesProgress } from './lines-progress.ts';
import { sbomOf } from './sbom.ts';
import { parseComponentRequest } from './selection.ts';
import { createToolchain, type Toolchain } from './toolchain.ts';

async function run(toolchain: Toolchain, [verb, ...words]: readonly string[]): Promise<string> {
  switch (verb) {
    case '--help':
      return 'usage: npm run toolchain -- ensure NAME[=VERSION]... | status [--thorough] | sbom | clean [build-caches|outdated|everything]';
    case 'ensure': {
      if (words.length === 0) throw usageError('COMPONENT_REQUEST', 'ensure wants names of components');
      const { components } = await toolchain.ensure(words.map(parseComponentRequest));
      return components
        .flatMap(({ programs }) => Object.values(programs))
        .map(({ name, version, path, sha256 }) => `${name}\t${version}\t${sha256.slice(0, 12)}\t${path}`)
        .join('\n');
    }
    case 'status': {
      const status = await toolchain.status({ thorough: words.includes('--thorough') });
      return JSON.stringify(status, null, 2);
    }
    case 'sbom':
      return JSON.stringify(await sbomOf(await toolchain.installed()), null, 2);
    case 'clean': {
      const [what = 'build-caches'] = words;
      if (what !== 'build-caches' && what !== 'outdated' && what !== 'everything')
        throw usageError('CLEAN_UNKNOWN', `clean does not know "${what}"`, {
          hint: 'Say build-caches, outdated or everything.',
        });
      return `${gibibytes(await toolchain.clean(what))} given back`;
    }
    default:
      throw usageError('VERB_UNKNOWN', `unknown verb "${verb ?? ''}"`, { hint: 'Say ensure, status, sbom or clean.' });
  }
}

const interruption = listenForInterruption();
try {
  const goCaches = goCachesFromEnvironment(process.env);
  const toolchain = createToolchain({
    cacheDirectory: defaultCacheDirectory(process.env, homedir()),
    progress: linesProgress((line) => process.stderr.write(`${line}\n`), Date.now),
    signal: interruption.signal,
    ...(goCaches ? { goCaches } : {}),
  });
  process.stdout.write(`${await run(toolchain, process.argv.slice(2))}\n`);
} catch (error) {
  if (!(error instanceof HarnessError)) throw error;
  const { code, message, where, hint, exitCode } = error;
  process.stderr.write(`${code}: ${message}\n${where ? `  where: ${where}\n` : ''}${hint ? `  hint: ${hint}\n` : ''}`);
  process.exitCode = interruption.exitCode() ?? exitCode;
}
