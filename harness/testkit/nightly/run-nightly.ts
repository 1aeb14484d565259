/**
 * `npm run nightly -- [--repeat N] [--only NAME]... [--run-dir DIR] [--resume] [-- CONFORM OPTION...]`: every shipped profile whole
 * through the CLI, one after the other; writes nightly.json and nightly.md into the folder of the runs, anew after each
 * run. Exits as the worst run did (130 when interrupted: the running one is ended in order and none is begun).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { EXIT } from '../../errors/harness-error.ts';
import { writeFileAtomic } from '../../process/atomic-file.ts';
import { listenForInterruption } from '../../process/interruption.ts';
import { packageRoot } from '../../process/package-root.ts';
import { runNight } from './night.ts';
import { type NightRun, type NightSummary, nightMarkdown, summarise } from './nightly-summary.ts';

const USAGE =
  'usage: npm run nightly -- [--repeat N] [--only PROFILE]... [--run-dir DIR] [--resume] [-- CONFORM OPTION...]';

function shippedProfiles(): readonly string[] {
  const folder = path.join(packageRoot(), 'k8s', 'profiles');
  return readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'profile.yaml')));
}

/** The CLI as a user calls it; the main report that it names stands in the directory of the run. */
async function conform(profile: string, runsDirectory: string, more: readonly string[], signal: AbortSignal) {
  const args = ['conform', profile, '--run-dir', runsDirectory, '--cleanup', 'always', '-o', 'markdown', ...more];
  const child = execa(process.execPath, [path.join(packageRoot(), 'bin', 'canaryproof'), ...args], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    // its channel carries no messages: its end tells the run that this program was killed
    ipc: true,
    env: { CANARYPROOF_LAUNCHED: '1' },
  });
  const end = () => void child.kill('SIGINT');
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  let runDirectory: string | undefined;
  for await (const line of createInterface({ input: child.stderr })) {
    process.stderr.write(`${profile}: ${line}\n`);
    const report = /^report: (.+)$/.exec(line)?.[1];
    if (report !== undefined) runDirectory = path.dirname(report);
  }
  const { exitCode } = await child;
  signal.removeEventListener('abort', end);
  return { exitCode, ...(runDirectory === undefined ? {} : { runDirectory }) };
}

/** The series that nightly.json holds, as far as it came; undefined where none was begun. */
function readSeries(file: string): Pick<NightSummary, 'startedAt' | 'runs'> | undefined {
  if (!existsSync(file)) return undefined;
  const { startedAt, runs } = JSON.parse(readFileSync(file, 'utf8')) as NightSummary;
  return { startedAt, runs: runs.filter(({ outcome }) => outcome !== 'interrupted') };
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === '--help') {
    console.log(USAGE);
    return EXIT.passed;
  }
  const known = shippedProfiles();
  let values: { repeat: string; only?: string[]; 'run-dir': string; resume: boolean };
  let positionals: readonly string[];
  try {
    ({ values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        repeat: { type: 'string', default: '1' },
        only: { type: 'string', multiple: true },
        'run-dir': { type: 'string', default: path.join('runs', 'nightly') },
        resume: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return EXIT.usage;
  }
  const profiles = values.only ?? known;
  const unknown = profiles.find((name) => !known.includes(name));
  const repeat = Number(values.repeat);
  if (unknown !== undefined || !Number.isSafeInteger(repeat) || repeat < 1) {
    const why = unknown === undefined ? '--repeat is a whole number from 1' : `no profile is called '${unknown}'`;
    console.error(`${why}\n${USAGE}\nprofiles: ${known.join(', ')}`);
    return EXIT.usage;
  }
  const interruption = listenForInterruption();
  const folder = path.resolve(values['run-dir']);
  const earlier = values.resume ? readSeries(path.join(folder, 'nightly.json')) : undefined;
  const startedAt = earlier?.startedAt ?? new Date().toISOString();
  const planned = profiles.length * repeat;
  const write = async (runs: readonly NightRun[]) => {
    const summary = summarise(startedAt, planned, runs);
    await writeFileAtomic(path.join(folder, 'nightly.json'), `${JSON.stringify(summary, null, 2)}\n`);
    await writeFileAtomic(path.join(folder, 'nightly.md'), nightMarkdown(summary));
    return summary;
  };
  const ports = {
    conform: (profile: string, signal: AbortSignal) => conform(profile, folder, positionals, signal),
    now: () => performance.now(),
    finished: async (runs: readonly NightRun[]) => void (await write(runs)),
  };
  const summary = await write(await runNight(profiles, repeat, ports, interruption.signal, earlier?.runs));
  console.log(`${nightMarkdown(summary)}\n${path.join(folder, 'nightly.md')}`);
  return summary.exitCode;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
