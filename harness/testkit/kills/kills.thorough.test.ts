/** The small size of `npm run kills`: fifty kills in each of two worlds. */
import { expect, test } from 'vitest';
import { runKills } from './run-kills.ts';
import { SHARED_WORLD } from './shared-world.ts';
import { SWEEP_WORLD } from './sweep-world.ts';

const KILLS = 50;
/** Against hanging: fifty processes on a busy machine, and what most of them leave has to lapse. */
const LIMIT_MS = 600_000;

test.each([SHARED_WORLD, SWEEP_WORLD])(
  '$name: a kill at any point harms nobody, and status, up and down clean up',
  async (world) => {
    const counts = await runKills(world, KILLS, 1, () => undefined);
    expect(counts.flatMap(({ harms }) => harms)).toEqual([]);
    for (const { kills, ended } of counts) expect(kills).toBeGreaterThan(ended);
  },
  LIMIT_MS,
);
