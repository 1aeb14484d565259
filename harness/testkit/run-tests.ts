/**
 * `npm test`: types, lint, dead code, then every vitest project, while the programs that the last one needs are built;
 * and one closing line `N passed, N failed, N skipped`.
 *
 * Each static check counts as one test. Skipped tests say why in their title. `npm run check` leaves out
 * what needs built programs. Ctrl-C ends the part that runs, begins no other and stops the engine that was started.
 */
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { EXIT, HarnessError } from '../errors/harness-error.ts';
import { listenForInterruption } from '../process/interruption.ts';
import { packageRoot } from '../process/package-root.ts';
import { startEngine, stopEngine } from './engine/docker-engine.ts';
import { NO_ENGINE_VARIABLE } from './engine/engine-for-tests.ts';
import {
  closingLine,
  failureLines,
  INTEGRATION,
  type Part,
  type PartResult,
  runPart,
  STATIC_PARTS,
  THOROUGH,
  total,
  UNIT,
} from './test-parts.ts';

const root = packageRoot();
const interruption = listenForInterruption();
const results: PartResult[] = [];

async function part(one: Part, output: 'shown' | 'kept' = 'shown'): Promise<void> {
  if (interruption.signal.aborted) return;
  const heading = `\n== ${one.isVitest ? 'tests: ' : ''}${one.name}`;
  if (output === 'shown') console.log(heading);
  const result = await runPart(one, output, interruption.signal);
  if (output === 'kept') console.log(heading);
  results.push(result);
  if (result.output !== '') console.log(result.output);
  if (!one.isVitest) console.log(`${one.name}: ${result.counts.failed === 0 ? 'ok' : 'FAILED'}`);
}

/** Debian package -> a file it brings; report and page tests want a browser, the others are what a local cluster needs. */
const SYSTEM_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  chromium: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  iptables: ['/usr/sbin/iptables', '/sbin/iptables'],
  iproute2: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'],
  conntrack: ['/usr/sbin/conntrack'],
  uidmap: ['/usr/bin/newuidmap'],
  mmdebstrap: ['/usr/bin/mmdebstrap'],
  'nginx-light': ['/usr/sbin/nginx'],
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
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...missing]])
    await execa('apt-get', ['-qq', ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], reject: false });
}

/** What every integration test but those on kind needs. */
const PROGRAMS = [
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
  'kustomize',
  'cri-streaming',
];
const PROGRAMS_OF_KIND = ['kind', 'node-programs', 'kubeadm', 'local-path-provisioner'];

/**
 * Built where they are missing. @returns program -> its path
 * @throws what the toolchain could not build
 */
async function built(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await execa('node', ['clusters/toolchain/main.ts', 'ensure', ...names], {
    cwd: root,
    preferLocal: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    cancelSignal: interruption.signal,
  });
  const rows = stdout.split('\n').map((line) => line.split('\t'));
  return new Map(rows.map(([name = '', , , file = '']) => [name, file]));
}

/** Programs that the integration tests run, as the variables that the tests read. */
async function builtPrograms(): Promise<Record<string, string>> {
  console.log('\n== programs for the integration tests (built once, then cached)');
  const paths = await built(PROGRAMS);
  const variables = {
    CANARYPROOF_K6: 'k6',
    CANARYPROOF_ENVOY: 'envoy',
    CANARYPROOF_KUBECTL: 'kubectl',
    CANARYPROOF_PROMETHEUS: 'prometheus',
    CANARYPROOF_KUSTOMIZE: 'kustomize',
    CANARYPROOF_HELM: 'helm',
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
    // before the tests, whose limits are for clusters and not for compilers; what cannot be built fails there
    await built(PROGRAMS_OF_KIND).catch(() => undefined);
    return async () => void (started && (await stopEngine(process.env)));
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    process.env[NO_ENGINE_VARIABLE] = `${error.code}: ${error.message.split('\n')[0]}`;
    console.log(`none, so tests on kind are skipped. ${process.env[NO_ENGINE_VARIABLE]}`);
    return async () => undefined;
  }
}

await systemPackages();
// what needs no built program runs while programs are built; on a warm machine there is nothing to build
const programs = builtPrograms().then(
  (variables) => ({ variables, broken: 0 }),
  (error: unknown) => {
    if (!interruption.signal.aborted) console.error(error);
    return { variables: {}, broken: 1 };
  },
);
await Promise.all(STATIC_PARTS.map((one) => part(one, 'kept')));
for (const one of [UNIT, THOROUGH]) await part(one);
console.log('\n== waiting for the programs');
const { variables, broken: brokenPrograms } = await programs;
Object.assign(process.env, variables);
const endEngine = interruption.signal.aborted ? async () => undefined : await engineForTests();
await part(INTEGRATION);
await endEngine();

const counts = total([...results, { counts: { passed: 0, failed: brokenPrograms, skipped: 0 } }]);
const unbuilt = { failures: brokenPrograms > 0 ? ['the programs could not be built; why is above'] : [] };
console.log(`\n${failureLines([...results, unbuilt])}${closingLine(counts)}`);
process.exitCode = interruption.exitCode() ?? (counts.failed > 0 ? EXIT.failed : EXIT.passed);
