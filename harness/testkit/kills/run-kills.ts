/** Kills every phase of a world at points spread over the whole of it, and writes down what that did to anybody. */
import pLimit from 'p-limit';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { KillBook } from './kill-book.ts';
import type { Harm, KillPhase, KillWorld } from './kill-world.ts';

/** As many points as wanted, one at random in each of as many equal parts; every one where there are not as many. Pure. */
export function spreadPoints(points: number, wanted: number, seed: number): readonly number[] {
  if (wanted >= points) return Array.from({ length: points }, (_, index) => index + 1);
  const random = xoroshiro128plus(seed);
  return Array.from({ length: wanted }, (_, part) => {
    const [low, high] = [part, part + 1].map((edge) => Math.floor((edge * points) / wanted));
    return uniformInt(random, (low ?? 0) + 1, high ?? 1);
  });
}

/** How many of all kills are a phase's. Pure. */
export const killsOf = (kills: number, { thousandths }: KillPhase): number => Math.round((kills * thousandths) / 1000);

/**
 * @param book its plan says how many kills all worlds together get, of which each phase gets its part; what it holds already
 * is not done again
 * @param commit of the sources that are killed
 * @param signal ends it early: what was done until then is written down
 * @throws Error when a phase that nobody kills does not succeed
 */
export async function runKills(
  world: KillWorld,
  book: KillBook,
  commit: string,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { kills, seed } = book.record().plan;
  const planned: PlannedKill[] = [];
  for (const phase of world.phases) {
    const wanted = killsOf(kills, phase);
    if (wanted === 0 || signal?.aborted) continue;
    const points = await pointsOf(world, phase.name, book);
    const done = book.record().kills.filter((kill) => kill.world === world.name && kill.phase === phase.name);
    const at = new Set(done.map((kill) => kill.at));
    const rest = spreadPoints(points, wanted, seed).filter((point) => !at.has(point));
    planned.push(...rest.map((point) => ({ phase: phase.name, at: point })));
  }
  let done = 0;
  const limit = pLimit(world.atOnce);
  // in any order, so that a run that ends early has killed all phases all over
  const work = shuffled(planned, seed).map(({ phase, at }) =>
    limit(async () => {
      if (signal?.aborted) return;
      const { exitCode, harms } = await killOnce(world, phase, at);
      await book.add({ world: world.name, phase, at, exitCode: exitCode ?? null, harms: [...harms], commit });
      for (const { kind, what } of harms) say(`  ${phase} killed at ${at}: ${kind}: ${what}`);
      done += 1;
      if (done % 50 === 0) say(`${world.name}: ${done} of ${planned.length}`);
    }),
  );
  await Promise.all(work);
}

/** From the first run on: points that move a little must not move the whole plan. */
async function pointsOf(world: KillWorld, phase: string, book: KillBook): Promise<number> {
  const before = book.record().phases.find((each) => each.world === world.name && each.phase === phase);
  if (before !== undefined) return before.points;
  const { points, harms, said } = await killOnce(world, phase, undefined);
  if (points === undefined) throw new Error(`${phase} does not succeed when nobody kills it:\n${said}`);
  await book.add({ world: world.name, phase, points, harms: [...harms] });
  return points;
}

interface PlannedKill {
  readonly phase: string;
  readonly at: number;
}

/** Fisher-Yates. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const random = xoroshiro128plus(seed);
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

async function killOnce(world: KillWorld, phase: string, at: number | undefined) {
  await using scene = await world.open(phase);
  const killed = await scene.run(at);
  // a process that ends by itself has to end well
  const badEnd: readonly Harm[] =
    killed.exitCode === undefined || killed.exitCode === 0
      ? []
      : [{ kind: 'recovery', what: `exit code ${killed.exitCode}: ${killed.said.slice(-500)}` }];
  return { ...killed, harms: [...badEnd, ...(await scene.recover())] };
}
