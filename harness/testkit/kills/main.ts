/**
 * `npm run kills [-- KILLS [SEED]] [--world WORD]... [--phase NAME]...`: kills canaryproof with SIGKILL at points spread
 * over the whole of up, conform, fault and down (1,000 kills by default), then `status`, `up`, `down`, and looks at everything.
 * Prints the table of docs/measured.md; exit 1 when anything of others was touched, anything was left or a fault was in force.
 */
import { parseArgs } from 'node:util';
import type { KillWorld } from './kill-world.ts';
import { LOCAL_WORLD } from './local-world.ts';
import { type KillCount, killTable, runKills } from './run-kills.ts';
import { SHARED_WORLD } from './shared-world.ts';
import { SWEEP_WORLD } from './sweep-world.ts';

const WORLDS: Readonly<Record<string, KillWorld>> = { shared: SHARED_WORLD, sweep: SWEEP_WORLD, local: LOCAL_WORLD };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    world: { type: 'string', multiple: true, default: Object.keys(WORLDS) },
    phase: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`usage: npm run kills [-- KILLS [SEED]] [--world ${Object.keys(WORLDS).join('|')}]... [--phase NAME]...`);
  process.exit();
}
const [kills, seed] = [Number(positionals[0] ?? 1000), Number(positionals[1] ?? 11)];
const unknown = values.world.filter((name) => WORLDS[name] === undefined);
if (unknown.length > 0 || !Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  console.error('bad arguments; see --help');
  process.exit(2);
}
const interrupted = new AbortController();
// not `once`: execa ends a process in which nobody else listens to the signal any more
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());
const beganMs = performance.now();
const counts: KillCount[] = [];
for (const name of values.world) {
  const world = WORLDS[name];
  if (world === undefined) continue;
  const phases = world.phases.filter((phase) => values.phase?.includes(phase.name) ?? true);
  counts.push(...(await runKills({ ...world, phases }, kills, seed, (line) => console.log(line), interrupted.signal)));
}
const done = counts.reduce((sum, count) => sum + count.kills, 0);
const ended = counts.reduce((sum, count) => sum + count.ended, 0);
const harms = counts.reduce((sum, count) => sum + count.harms.length, 0);
const minutes = (performance.now() - beganMs) / 60_000;
console.log(`\n${killTable(counts)}`);
console.log(
  `${done} kills in ${minutes.toFixed(1)} min, seed ${seed}; ${ended} ended before their point; ${harms} harms`,
);
process.exitCode = interrupted.signal.aborted ? 130 : harms === 0 && done > 0 ? 0 : 1;
