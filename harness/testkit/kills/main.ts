/**
 * `npm run kills [-- KILLS [SEED]] [--world WORD]... [--phase NAME]... [--kept FILE] [--resume]`: kills canaryproof with SIGKILL at
 * points spread over the whole of up, conform, fault and down (1,000 kills by default), then `status`, `up`, `down`, and looks at
 * everything. Each kill is kept in a file when it is done; --resume goes on where earlier runs ended, in whatever way. Prints the
 * table of docs/measured.md, of all that is kept; exit 1 when anything of others was touched, anything was left or a fault was in
 * force, 130 when it was interrupted before it was through.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { HarnessError } from '../../errors/harness-error.ts';
import { listenForInterruption } from '../../process/interruption.ts';
import { packageRoot } from '../../process/package-root.ts';
import { runProgram } from '../../process/run-program.ts';
import { countKills, fileBook, type KillPlan, killTable, readBook } from './kill-book.ts';
import type { KillWorld } from './kill-world.ts';
import { LOCAL_WORLD } from './local-world.ts';
import { killsOf, runKills } from './run-kills.ts';
import { SHARED_WORLD } from './shared-world.ts';
import { SWEEP_WORLD } from './sweep-world.ts';

const WORLDS: Readonly<Record<string, KillWorld>> = { shared: SHARED_WORLD, sweep: SWEEP_WORLD, local: LOCAL_WORLD };
const USAGE = `usage: npm run kills [-- KILLS [SEED]] [--world ${Object.keys(WORLDS).join('|')}]... [--phase NAME]... [--kept FILE] [--resume]`;

interface Request {
  /** undefined: what earlier runs were asked for, or the default. */
  readonly kills: number | undefined;
  readonly seed: number | undefined;
  readonly worlds: readonly KillWorld[];
  readonly kept: string;
  readonly resume: boolean;
}

/** @returns undefined: nothing that can be done */
function parseRequest(argv: readonly string[]): Request | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      world: { type: 'string', multiple: true, default: Object.keys(WORLDS) },
      phase: { type: 'string', multiple: true },
      kept: { type: 'string', default: path.join('runs', 'kills', 'kills.jsonl') },
      resume: { type: 'boolean', default: false },
    },
  });
  const [kills, seed] = [positionals[0], positionals[1]].map((text) => (text === undefined ? undefined : Number(text)));
  const worlds = values.world.flatMap((name) => WORLDS[name] ?? []);
  const phases = new Set(values.phase ?? worlds.flatMap((world) => world.phases.map(({ name }) => name)));
  const known = worlds.some((world) => world.phases.some(({ name }) => phases.has(name)));
  const isNumber = (value: number | undefined, least: number) =>
    value === undefined || (Number.isInteger(value) && value >= least);
  if (worlds.length !== values.world.length || !known || positionals.length > 2) return undefined;
  if (!isNumber(kills, 1) || !isNumber(seed, Number.MIN_SAFE_INTEGER)) return undefined;
  const chosen = worlds.map((world) => ({ ...world, phases: world.phases.filter(({ name }) => phases.has(name)) }));
  return { kills, seed, worlds: chosen, kept: path.resolve(values.kept), resume: values.resume };
}

/** The commit, with a mark where the sources differ from it; of no repository: unknown. */
async function commitOfSources(): Promise<string> {
  const git = async (...args: string[]) => (await runProgram(['git', '-C', packageRoot(), ...args])).stdout.trim();
  try {
    const [commit, changes] = await Promise.all([git('rev-parse', '--short', 'HEAD'), git('status', '--porcelain')]);
    return changes === '' ? commit : `${commit}+`;
  } catch {
    return 'unknown';
  }
}

async function main(request: Request): Promise<number> {
  const interruption = listenForInterruption();
  const { kept, resume, worlds } = request;
  const before = resume ? await readBook(kept) : undefined;
  const plan: KillPlan = {
    kills: request.kills ?? before?.plan.kills ?? 1000,
    seed: request.seed ?? before?.plan.seed ?? 11,
  };
  if (before && (before.plan.kills !== plan.kills || before.plan.seed !== plan.seed)) {
    console.error(
      `${kept} holds ${before.plan.kills} kills of seed ${before.plan.seed}: they cannot be resumed as others`,
    );
    return 2;
  }
  const book = await fileBook(kept, plan, before);
  const commit = await commitOfSources();
  const beganMs = performance.now();
  for (const world of worlds) await runKills(world, book, commit, (line) => console.log(line), interruption.signal);
  const minutes = (performance.now() - beganMs) / 60_000;
  // what another process did meanwhile in another world stands there too
  const record = await readBook(kept);
  const counts = countKills(record, plannedOf(plan.kills));
  const sum = (of: (count: (typeof counts)[number]) => number) => counts.reduce((all, count) => all + of(count), 0);
  const [killed, ended, harms] = [
    sum(({ kills }) => kills),
    sum((count) => count.ended),
    sum((one) => one.harms.length),
  ];
  const commits = [...new Set(record.kills.map((kill) => kill.commit))].join(', ');
  const now = record.kills.length - (before?.kills.length ?? 0);
  console.log(`\n${killTable(counts)}`);
  console.log(`${killed} kills of ${plan.kills}, seed ${plan.seed}; ${ended} ended before their point; ${harms} harms`);
  console.log(`${now} of them in ${minutes.toFixed(1)} min now; sources: ${commits}; kept in ${kept}`);
  if (harms > 0 || killed === 0) return 1;
  return interruption.exitCode() ?? 0;
}

function plannedOf(kills: number): (world: string, phase: string) => number {
  return (world, phase) => {
    const found = Object.values(WORLDS).find(({ name }) => name === world);
    const its = found?.phases.find(({ name }) => name === phase);
    return its === undefined ? 0 : killsOf(kills, its);
  };
}

const argv = process.argv.slice(2);
if (argv.includes('--help')) console.log(USAGE);
else {
  const request = parseRequest(argv);
  if (request === undefined) console.error(USAGE);
  try {
    process.exitCode = request === undefined ? 2 : await main(request);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    console.error(`${error.code}: ${error.message}\n  where: ${error.where}\n  hint: ${error.hint}`);
    process.exitCode = error.exitCode;
  }
}
