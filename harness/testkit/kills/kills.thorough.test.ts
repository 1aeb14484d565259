/** The small size of `npm run kills`: fifty kills in each of two worlds. */
import { expect, test } from 'vitest';
import { countKills, memoryBook } from './kill-book.ts';
import { runKills } from './run-kills.ts';
import { SHARED_WORLD } from './shared-world.ts';
import { SWEEP_WORLD } from './sweep-world.ts';

const KILLS = 50;
/** Against hanging: fifty processes on a busy machine, and what most of them leave has to lapse. */
const LIMIT_MS = 600_000;

test.each([SHARED_WORLD, SWEEP_WORLD])(
  '$name: a kill at any point harms nobody, and status, up and down clean up',
  async (world) => {
    const book = memoryBook({ kills: KILLS, seed: 1 });
    await runKills(world, book, 'these', () => undefined);
    const counts = countKills(book.record(), () => KILLS);
    expect(counts.flatMap(({ harms }) => harms)).toEqual([]);
    for (const { kills, ended } of counts) expect(kills).toBeGreaterThan(ended);
  },
  LIMIT_MS,
);
