/** What clusters of real nodes need: an engine for kind and minikube. Whoever does not use them misses nothing. */
import { examineEngine, freeRoom, type Run } from '../../../clusters/access/machines/engine.ts';
import { HarnessError } from '../../errors/harness-error.ts';
import { runProgram } from '../../process/run-program.ts';
import type { DoctorCheck } from './doctor-check.ts';

const GIB = 1024 ** 3;
const KIND = '--provider kind';
const MINIKUBE = '--provider minikube';

/**
 * Never rejects for what is missing: that is a check's state. @param run starts a program; tests record what it was
 * asked
 */
export async function realClusterChecks(run: Run = runProgram): Promise<DoctorCheck[]> {
  return (await Promise.all([engineCheck(run), kindCheck(run), minikubeCheck(run)])).flat();
}

async function engineCheck(run: Run): Promise<DoctorCheck[]> {
  const base = { name: 'docker', neededFor: `${KIND} and ${MINIKUBE}` };
  try {
    const facts = await examineEngine(run);
    const free = await freeRoom(facts);
    const found = [
      `engine ${facts.version}`,
      `cgroup v${facts.cgroupVersion}`,
      `${(free.memoryBytes / GIB).toFixed(1)} GiB of memory free`,
      ...(Number.isFinite(free.diskBytes) ? [`${(free.diskBytes / GIB).toFixed(1)} GiB of disk free`] : []),
    ].join(', ');
    const enough = free.memoryBytes >= 4 * GIB && free.diskBytes >= 6 * GIB;
    if (enough) return [{ ...base, state: 'ok', found }];
    return [{ ...base, state: 'warning', found, fix: 'A cluster needs 4 GiB of memory and 6 GiB of disk: free some.' }];
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return [{ ...base, state: 'warning', found: error.message, ...(error.hint ? { fix: error.hint } : {}) }];
  }
}

async function kindCheck(run: Run): Promise<DoctorCheck[]> {
  const version = await versionOf(run, ['kind', 'version']);
  const found = version ?? 'none on PATH; the pinned one is built when it is first needed';
  return [{ name: 'kind', state: 'ok', found, neededFor: KIND }];
}

/** Tests use a record of its command line, and that is said here as in the README. */
async function minikubeCheck(run: Run): Promise<DoctorCheck[]> {
  const version = await versionOf(run, ['minikube', 'version', '--short']);
  const honest = "canaryproof's adapter was run by hand with 1.38, and is tested against a record of that command line";
  const base = { name: 'minikube', neededFor: MINIKUBE };
  if (version) return [{ ...base, state: 'ok', found: `${version}; ${honest}` }];
  const fix = 'Install it from https://minikube.sigs.k8s.io/docs/start, or use another provider.';
  return [{ ...base, state: 'warning', found: `not on PATH; ${honest}`, fix }];
}

async function versionOf(run: Run, argv: readonly [string, ...string[]]): Promise<string | undefined> {
  return run(argv, { timeoutMs: 10_000 }).then(
    ({ stdout }) => stdout.trim().split('\n')[0],
    () => undefined,
  );
}
