/**
 * A machine with neighbours, on which a killed run left a local cluster: real processes and real folders, and the real command
 * line that takes them away. What the processes do does not matter to it, so they only wait.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findMarked, MARK_VARIABLE } from '../../../clusters/access/ownership/marked-processes.ts';
import { clusterFiles } from '../../../clusters/local/cluster-files.ts';
import { writeMark } from '../../../clusters/local/node-processes.ts';
import { makeRuntimeRoot } from '../../../clusters/local/runtime-root.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import type { Harm, KillScene, KillWorld } from './kill-world.ts';
import { runCli, runCountedCli } from './killed-process.ts';

const NAME = 'swept';
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  status: ['status'],
  down: ['down', '--name', NAME],
  'down --orphans': ['down', '--orphans'],
};

export const SWEEP_WORLD: KillWorld = {
  name: 'a left local cluster (real processes, command line)',
  phases: [
    { name: 'status', thousandths: 10 },
    { name: 'down', thousandths: 90 },
    { name: 'down --orphans', thousandths: 50 },
  ],
  atOnce: 2,
  open: openMachine,
};

async function openMachine(phase: string): Promise<KillScene> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-kills-'));
  const environment = { XDG_STATE_HOME: home, CI: 'true' };
  const roots = { ours: path.join(home, 'canaryproof', 'clusters'), theirs: path.join(home, 'other', 'clusters') };
  const runtimeRoot = await makeRuntimeRoot(roots.ours);
  const marks = { ours: randomBytes(16).toString('hex'), theirs: randomBytes(16).toString('hex') };
  const files = {
    ours: clusterFiles(roots.ours, NAME, runtimeRoot),
    theirs: clusterFiles(roots.theirs, NAME, runtimeRoot),
  };
  const precious = path.join(home, 'precious');
  await mkdir(precious);
  await writeFile(path.join(precious, 'file'), 'theirs');
  const waiting: ChildProcess[] = [];
  for (const whose of ['ours', 'theirs'] as const) {
    for (const folder of [files[whose].logs, files[whose].git, files[whose].sockets])
      await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeMark(files[whose], marks[whose]);
    await writeFile(files[whose].socketsAt, `${files[whose].sockets}\n`);
    await symlink(precious, path.join(files[whose].git, 'link'));
    // a node: a process, and what it started
    waiting.push(await waiter({ [MARK_VARIABLE]: marks[whose] }));
  }
  // the same words, and nothing of ours
  const lookalike = await waiter({});
  waiting.push(lookalike);

  const look = async (): Promise<readonly Harm[]> => {
    const harms: Harm[] = [];
    const foreign = (what: string) => harms.push({ kind: 'foreign', what });
    if ((await findMarked([marks.theirs])).length < 2) foreign("a neighbour's cluster lost a process");
    if (lookalike.exitCode !== null || lookalike.signalCode !== null) foreign('a process of the same words was ended');
    if ((await readFile(path.join(precious, 'file'), 'utf8').catch(() => '')) !== 'theirs')
      foreign('a file behind a link');
    for (const kept of [files.theirs.logs, files.theirs.sockets, files.theirs.marks[0]])
      if (!(await isThere(kept))) foreign(kept);
    return harms;
  };
  const tried = async (args: readonly string[]): Promise<readonly Harm[]> => {
    const { exitCode, said } = await runCli(args, environment);
    const failed: readonly Harm[] = exitCode === 0 ? [] : [{ kind: 'recovery', what: `${args.join(' ')}: ${said}` }];
    return [...failed, ...(await look())];
  };
  return {
    run: (at) => runCountedCli(COMMANDS[phase] ?? [], environment, at),
    async recover() {
      const harms = [...(await look()), ...(await tried(['status'])), ...(await tried(['down', '--name', NAME]))];
      const left = [
        ...(await findMarked([marks.ours])).map(({ pid }) => `process ${pid}`),
        ...(await readdir(roots.ours).catch(() => [])),
        ...(await readdir(runtimeRoot)).filter((name) => name.includes(path.basename(files.ours.sockets))),
      ];
      return [...harms, ...left.map((what): Harm => ({ kind: 'left', what }))];
    },
    async [Symbol.asyncDispose]() {
      for (const child of waiting) if (child.pid !== undefined) endGroup(child.pid);
      for (const { sockets } of Object.values(files)) await removeOwnTree(sockets);
      await removeOwnTree(home);
    },
  };
}

/** The arguments are those of a supervisor: they prove nothing. */
async function waiter(environment: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const program = 'sleep 600 & echo up; wait';
  const child = spawn('sh', ['-c', program, 'supervisor.ts', NAME], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: '/usr/sbin:/usr/bin:/bin', ...environment },
  });
  await once(child.stdout, 'data');
  return child;
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ended already
  }
}

const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );
