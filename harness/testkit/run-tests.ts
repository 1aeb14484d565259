/**
 * `npm test`: types, lint, dead code, then every vitest project, and one closing line `N passed, N failed, N skipped`.
 *
 * Each static check counts as one test. Skipped tests say why in their title. `--unit` leaves out what needs built
 * programs.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../errors/harness-error.ts';
import { packageRoot } from '../process/package-root.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';
import { startEngine, stopEngine } from './engine/docker-engine.ts';
import { NO_ENGINE_VARIABLE } from './engine/engine-for-tests.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const root = packageRoot();
const total: Counts = { passed: 0, failed: 0, skipped: 0 };

async function run(argv: readonly [string, ...string[]]): Promise<boolean> {
  const [file, ...args] = argv;
  const child = await execa(file, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
    preferLocal: true,
  });
  return child.exitCode === 0;
}

async function staticCheck(name: string, argv: readonly [string, ...string[]]): Promise<void> {
  console.log(`\n== ${name}`);
  const passed = await run(argv);
  total[passed ? 'passed' : 'failed'] += 1;
  console.log(`${name}: ${passed ? 'ok' : 'FAILED'}`);
}

async function vitest(project: string): Promise<void> {
  console.log(`\n== tests: ${project}`);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-tests-'));
  const file = path.join(folder, 'result.json');
  try {
    const passed = await run([
      'vitest',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]);
    const result = JSON.parse(await readFile(file, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
      numFailedTestSuites: number;
    };
    total.passed += result.numPassedTests;
    total.failed += result.numFailedTests;
    total.skipped += result.numPendingTests;
    // a file that cannot even be read has no tests to count
    if (!passed && result.numFailedTests === 0) total.failed += 1;
  } catch (error) {
    console.error(error);
    total.failed += 1;
  } finally {
    await removeOwnTree(folder);
  }
}

/** Debian package -> a file it brings; the report tests want a browser, the others are what a local cluster needs. */
const SYSTEM_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  chromium: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  iptables: ['/usr/sbin/iptables', '/sbin/iptables'],
  iproute2: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'],
  conntrack: ['/usr/sbin/conntrack'],
  uidmap: ['/usr/bin/newuidmap'],
  mmdebstrap: ['/usr/bin/mmdebstrap'],
};

/** Where it may (root, apt-get) missing system packages are installed, and it says so; tests without theirs are skipped. */
async function systemPackages(): Promise<void> {
  const missing = Object.entries(SYSTEM_PACKAGES)
    .filter(([, files]) => !files.some((file) => existsSync(file)))
    .map(([name]) => name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.log(`missing system packages: ${missing.join(', ')} (apt-get install -y ${missing.join(' ')}, as root)`);
    return;
  }
  console.log(`\n== installing system packages with apt-get: ${missing.join(', ')}`);
  await run(['apt-get', '-qq', 'update']);
  await run(['apt-get', '-qq', 'install', '-y', '--no-install-recommends', ...missing]);
}

/** Programs that the integration tests run, built where they are missing, as the variables that the tests read. */
async function builtPrograms(): Promise<Record<string, string>> {
  console.log('\n== programs for the integration tests (built once, then cached)');
  const names = [
    'k6',
    'envoy',
    'redis',
    'etcd',
    'kubernetes',
    'istio',
    'argocd',
    'prometheus',
    'coredns',
    'helm',
    'cri-streaming',
  ];
  const { stdout } = await execa('node', ['clusters/toolchain/main.ts', 'ensure', ...names], {
    cwd: root,
    preferLocal: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const paths = new Map(
    stdout
      .split('\n')
      .map((line) => line.split('\t'))
      .map(([name, , , path]) => [name, path ?? '']),
  );
  const variables = {
    CANARYPROOF_K6: 'k6',
    CANARYPROOF_ENVOY: 'envoy',
    CANARYPROOF_KUBECTL: 'kubectl',
    CANARYPROOF_PROMETHEUS: 'prometheus',
  };
  return Object.fromEntries(
    Object.entries(variables).map(([variable, program]) => [variable, paths.get(program) ?? '']),
  );
}

/**
 * A Docker engine for the tests on kind, started where none answers and one can run; where none can, those tests are
 * skipped and say why. @returns ends what was started
 */
async function engineForTests(): Promise<() => Promise<void>> {
  console.log('\n== Docker engine for the tests on kind');
  try {
    const { host, started } = await startEngine(process.env, (text) => console.log(text));
    process.env.DOCKER_HOST = host;
    console.log(`${started ? 'started' : 'running already'}: ${host}`);
    return async () => void (started && (await stopEngine(process.env)));
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    process.env[NO_ENGINE_VARIABLE] = `${error.code}: ${error.message.split('\n')[0]}`;
    console.log(`none, so tests on kind are skipped. ${process.env[NO_ENGINE_VARIABLE]}`);
    return async () => undefined;
  }
}

const unitOnly = process.argv.includes('--unit');
await staticCheck('types', ['tsc', '--noEmit', '-p', 'tsconfig.json']);
await staticCheck('types of scenarios', ['tsc', '--noEmit', '-p', 'scenarios/tsconfig.json']);
await staticCheck('lint', ['biome', 'check', '.']);
await staticCheck('unused code', ['knip']);
await vitest('rooms');
await vitest('unit');
if (!unitOnly) {
  await systemPackages();
  try {
    Object.assign(process.env, await builtPrograms());
  } catch (error) {
    console.error(error);
    total.failed += 1;
  }
  const endEngine = await engineForTests();
  await vitest('integration');
  await endEngine();
}

console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
