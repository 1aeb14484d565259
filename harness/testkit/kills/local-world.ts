/** The real command line on the real local cluster: kubelet, API server and mesh included. Takes minutes a kill. */
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { clusterFiles } from '../../../clusters/local/cluster-files.ts';
import { findClusterProcesses } from '../../../clusters/local/node-processes.ts';
import { makeRuntimeRoot } from '../../../clusters/local/runtime-root.ts';
import { EXIT } from '../../errors/harness-error.ts';
import { removeOwnTree } from '../../process/remove-own-tree.ts';
import { runProgram } from '../../process/run-program.ts';
import type { Harm, KillScene, KillWorld } from './kill-world.ts';
import { runCli, runCountedCli } from './killed-process.ts';

const NAME = 'killed';
const UP = ['up', '--name', NAME, '--addon', 'dns'];
const DOWN = ['down', '--name', NAME];
/** A claim with load and, slow enough for a busy machine, whatever verdict. */
const CONFORM = [
  ...['conform', 'bookinfo', '--name', NAME, '--assurance', 'smoke', '--rate', '20'],
  ...['--claim', 'bookinfo/split-90-10'],
];
/** Every verdict is an end in order: what is judged here is what a kill leaves. */
const VERDICTS = new Set([EXIT.passed, EXIT.failed, EXIT.inconclusive, EXIT.invalid] as readonly number[]);
/** What goes before the phase, and the phase. */
const COMMANDS: Readonly<Record<string, { readonly before?: readonly string[]; readonly argv: readonly string[] }>> = {
  up: { argv: UP },
  conform: { argv: CONFORM },
  fault: { argv: [...CONFORM, '--fault', 'split-85-15'] },
  down: { before: UP, argv: DOWN },
};

export const LOCAL_WORLD: KillWorld = {
  name: 'the local cluster (real programs, command line)',
  phases: [
    { name: 'up', thousandths: 20 },
    { name: 'conform', thousandths: 5 },
    { name: 'fault', thousandths: 5 },
    { name: 'down', thousandths: 20 },
  ],
  atOnce: 1,
  open: openLocal,
};

async function openLocal(phase: string): Promise<KillScene> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-kills-'));
  const environment = { XDG_STATE_HOME: home, CI: 'true' };
  const stateRoot = path.join(home, 'canaryproof', 'clusters');
  const runtimeRoot = await makeRuntimeRoot(stateRoot);
  const files = clusterFiles(stateRoot, NAME, runtimeRoot);
  const before = await machineTraces();
  const { before: first, argv } = COMMANDS[phase] ?? { argv: [] };
  const inRuns = [...argv, ...(argv[0] === 'conform' ? ['--run-dir', path.join(home, 'runs')] : [])];
  const tried = async (args: readonly string[]): Promise<readonly Harm[]> => {
    const { exitCode, said } = await runCli(args, environment);
    return exitCode === 0
      ? []
      : [{ kind: 'recovery', what: `${args.join(' ')}: exit ${exitCode}: ${said.slice(-800)}` }];
  };
  if (first) {
    const problems = await tried(first);
    if (problems.length > 0) throw new Error(problems[0]?.what);
  }
  return {
    async run(at) {
      const killed = await runCountedCli(inRuns, environment, at);
      if (killed.exitCode === undefined || !VERDICTS.has(killed.exitCode)) return killed;
      return { ...killed, exitCode: 0, points: Number(killed.said.trim().split('\n').at(-1)) };
    },
    async recover() {
      const harms = [...(await tried(['status'])), ...(await tried(UP)), ...(await tried(DOWN))];
      const after = await machineTraces();
      const left = [
        ...(await findClusterProcesses(files)).map(({ pid }) => `process ${pid}`),
        ...(await readdir(stateRoot)),
        ...(await readdir(runtimeRoot)).filter((name) => name.includes(path.basename(files.sockets))),
        ...after.filter((line) => !before.includes(line)),
      ];
      const gone = before.filter((line) => !after.includes(line));
      return [
        ...harms,
        ...left.map((what): Harm => ({ kind: 'left', what })),
        ...gone.map((what): Harm => ({ kind: 'foreign', what: `gone: ${what}` })),
      ];
    },
    async [Symbol.asyncDispose]() {
      await runCli([...DOWN, '--force'], environment);
      await removeOwnTree(home);
    },
  };
}

const SYSCTLS = ['kernel/panic', 'vm/overcommit_memory', 'net/ipv4/ip_forward', 'kernel/panic_on_oops'];

/** Of the machine: interfaces, named network namespaces, mounts, rules, settings. */
async function machineTraces(): Promise<readonly string[]> {
  const said = async (argv: readonly [string, ...string[]]) =>
    (await runProgram(argv)).stdout.split('\n').filter(Boolean);
  const links = (await said(['ip', '-o', 'link'])).map((line) => `link ${line.split(':')[1]}`);
  const rules = (await said(['iptables-save'])).filter((line) => !line.startsWith('#'));
  return [
    ...links,
    ...(await said(['ip', 'netns', 'list'])),
    ...(await readFile('/proc/self/mounts', 'utf8')).split('\n'),
    ...rules.map((line) => line.replace(/\[\d+:\d+\]/, '')),
    ...(await Promise.all(SYSCTLS.map(async (name) => `${name} ${await readFile(`/proc/sys/${name}`, 'utf8')}`))),
  ];
}
