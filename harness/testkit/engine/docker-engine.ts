/**
 * A Docker engine for tests and developers on machines where none runs: `node harness/testkit/engine/docker-engine.ts
 * start|stop|status`. It has a data root, a socket and a log of its own, and leaves a running engine of the machine
 * alone. `start` prints `DOCKER_HOST=...` on stdout.
 *
 * Needs root on Linux; where apt-get is there, Debian's docker.io and jq are installed when they are missing.
 */
import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defaultCacheDirectory } from '../../../clusters/toolchain/cache-layout.ts';
import { environmentError, HarnessError, usageError } from '../../errors/harness-error.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import { runProgram } from '../../process/run-program.ts';
import { CONTROL_GROUP, type EngineFiles, engineFiles, engineSettings } from './docker-engine-settings.ts';
import { type FirewallRecord, recordFirewall, restoreFirewall } from './engine-firewall.ts';
import { missingCapabilities, runtimeWrapper } from './oci-runtime-wrapper.ts';

const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 45_000;
const LOOK_EVERY_MS = 200;
const PACKAGES = ['docker.io', 'jq'];
/** Only with cgroup v1. */
const CPU_GROUPS = '/sys/fs/cgroup/cpu';

/**
 * @returns the engine's address, and whether this call started it
 * @throws HarnessError ENGINE_CANNOT_RUN with the reason, ENGINE_NOT_STARTED with the end of its log
 */
export async function startEngine(
  env: Readonly<Record<string, string | undefined>>,
  say: (text: string) => void,
): Promise<{ readonly host: string; readonly started: boolean }> {
  const usual = env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  if (await answers(usual)) return { host: usual, started: false };
  const files = engineFiles(defaultCacheDirectory(env, homedir()));
  if (await answers(files.host)) return { host: files.host, started: false };
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw cannotRun('starting an engine takes root on Linux', 'Start Docker yourself, and set DOCKER_HOST to it.');
  await installPackages(say);
  await mkdir(files.directory, { recursive: true, mode: 0o700 });
  const missing = missingCapabilities(await readFile('/proc/self/status', 'utf8'));
  if (missing.length > 0) {
    await writeFile(files.runtime, runtimeWrapper(missing, 'runc'));
    await chmod(files.runtime, 0o755);
    say(`this machine lacks ${missing.join(', ')}: containers are started without`);
  }
  const cgroupVersion = existsSync(CPU_GROUPS) ? 1 : 2;
  const machine = { reduced: missing.length > 0, cgroupVersion } as const;
  await writeFile(files.settings, `${JSON.stringify(engineSettings(files, machine), null, 2)}\n`);
  if (cgroupVersion === 1) {
    const group = path.join(CPU_GROUPS, CONTROL_GROUP.path);
    await mkdir(group, { recursive: true });
    await writeFile(path.join(group, 'cpu.shares'), String(CONTROL_GROUP.cpuShares));
  }
  await keepFirewall(files);
  await launch(files);
  return { host: files.host, started: true };
}

/** Ends the engine that `startEngine` started, with its containers and its packet filter rules; images stay. @returns whether one was running */
export async function stopEngine(env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const files = engineFiles(defaultCacheDirectory(env, homedir()));
  const pid = await runningPid(files);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGTERM');
  await until(
    async () => (await runningPid(files)) === undefined,
    STOP_LIMIT_MS,
    async () => {
      throw environmentError('ENGINE_NOT_STOPPED', `the engine (process ${pid}) does not end`, { where: files.log });
    },
  );
  const before = await readFile(files.firewall, 'utf8').catch(() => undefined);
  if (before !== undefined) await restoreFirewall(JSON.parse(before) as FirewallRecord);
  await removeOwnTree(files.volatile);
  // what the engine made of our group in each hierarchy; those that containers still held would stay
  for (const hierarchy of await readdir(path.dirname(CPU_GROUPS)).catch(() => []))
    await rmdir(path.join(path.dirname(CPU_GROUPS), hierarchy, CONTROL_GROUP.path)).catch(() => undefined);
  return true;
}

/** How the packet filter was without us; a record that a killed engine left is the older truth and stays. */
async function keepFirewall(files: EngineFiles): Promise<void> {
  if (existsSync(files.firewall)) return;
  await mkdir(files.volatile, { recursive: true, mode: 0o700 });
  await writeFile(files.firewall, JSON.stringify(await recordFirewall()));
}

async function launch(files: EngineFiles): Promise<void> {
  const log = openSync(files.log, 'w');
  const child = spawn('dockerd', ['--config-file', files.settings], { detached: true, stdio: ['ignore', log, log] });
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `it ended with ${signal ?? code}`;
  });
  const notStarted = async (why: string) => {
    const tail = (await readFile(files.log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-12).join('\n');
    throw environmentError('ENGINE_NOT_STARTED', `the Docker engine did not start (${why})\n${tail}`, {
      where: files.log,
      hint: 'The log says why; where no engine can run, the tests that need one are skipped.',
    });
  };
  await until(
    async () => ended !== undefined || (await answers(files.host)),
    START_LIMIT_MS,
    () => notStarted('it does not answer'),
  );
  if (ended !== undefined) await notStarted(ended);
  child.unref();
}

async function installPackages(say: (text: string) => void): Promise<void> {
  if ((await isProgram('dockerd')) && (await isProgram('jq'))) return;
  if (!existsSync('/usr/bin/apt-get'))
    throw cannotRun('there is no dockerd, and no apt-get to install one', 'Install Docker, and run this again.');
  say(`installing ${PACKAGES.join(' and ')} with apt-get`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runProgram(['apt-get', '-qq', 'update'], { env });
    await runProgram(['apt-get', '-qq', 'install', '-y', '--no-install-recommends', ...PACKAGES], { env });
  } catch (cause) {
    throw environmentError('ENGINE_CANNOT_RUN', 'the Docker engine could not be installed', {
      hint: `apt-get install -y ${PACKAGES.join(' ')}`,
      cause,
    });
  }
}

async function isProgram(name: string): Promise<boolean> {
  return runProgram([name, '--version']).then(
    () => true,
    () => false,
  );
}

async function answers(host: string): Promise<boolean> {
  return runProgram(['docker', '--host', host, 'version', '--format', '{{.Server.Version}}'], {
    timeoutMs: 5_000,
  }).then(
    () => true,
    () => false,
  );
}

/** The process named in the pid file, if it is a dockerd with our settings and not somebody who got its number. */
async function runningPid(files: EngineFiles): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(files.pid, 'utf8').catch(() => ''), 10);
  if (!Number.isSafeInteger(pid)) return undefined;
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  return words.includes(files.settings) ? pid : undefined;
}

async function until(reached: () => Promise<boolean>, limitMs: number, late: () => Promise<never>): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await reached())) {
    if (performance.now() > deadline) await late();
    await delay(LOOK_EVERY_MS);
  }
}

function cannotRun(reason: string, hint: string): HarnessError {
  return environmentError('ENGINE_CANNOT_RUN', `no Docker engine answers: ${reason}`, { hint });
}

async function main(verb: string | undefined): Promise<string> {
  switch (verb) {
    case 'start':
      return `DOCKER_HOST=${(await startEngine(process.env, (text) => console.error(text))).host}`;
    case 'stop':
      return (await stopEngine(process.env)) ? 'stopped' : 'no engine of ours is running';
    case 'status': {
      const { host } = engineFiles(defaultCacheDirectory(process.env, homedir()));
      return (await answers(host)) ? `DOCKER_HOST=${host}` : 'no engine of ours is running';
    }
    default:
      throw usageError('VERB_UNKNOWN', `unknown verb "${verb ?? ''}"`, { hint: 'Say start, stop or status.' });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(await main(process.argv[2]));
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    console.error(`${error.code}: ${error.message}${error.hint ? `\n  hint: ${error.hint}` : ''}`);
    process.exitCode = error.exitCode;
  }
}
