/** Kills every phase of a world at points spread over the whole of it, and counts what that did to anybody. */
import pLimit from 'p-limit';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { HARMS, type Harm, type KillWorld } from './kill-world.ts';

export interface KillCount {
  readonly world: string;
  readonly phase: string;
  /** Kill points of the phase when nobody kills it. */
  readonly points: number;
  /** Processes that died by SIGKILL. */
  readonly kills: number;
  /** Processes that had reached their end before the point, which moves a little from run to run. */
  readonly ended: number;
  readonly harms: readonly (Harm & { readonly at: number | undefined })[];
}

/** As many points as wanted, one at random in each of as many equal parts; every one where there are not as many. Pure. */
export function spreadPoints(points: number, wanted: number, seed: number): readonly number[] {
  if (wanted >= points) return Array.from({ length: points }, (_, index) => index + 1);
  const random = xoroshiro128plus(seed);
  return Array.from({ length: wanted }, (_, part) => {
    const [low, high] = [part, part + 1].map((edge) => Math.floor((edge * points) / wanted));
    return uniformInt(random, (low ?? 0) + 1, high ?? 1);
  });
}

/**
 * @param kills of all worlds together; each phase gets its part
 * @param signal ends it early: what was done until then is counted
 * @throws Error when a phase that nobody kills does not succeed
 */
export async function runKills(
  world: KillWorld,
  kills: number,
  seed: number,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<readonly KillCount[]> {
  const planned: PlannedKill[] = [];
  const wholes: WholePhase[] = [];
  for (const { name: phase, thousandths } of world.phases) {
    const wanted = Math.round((kills * thousandths) / 1000);
    if (wanted === 0 || signal?.aborted) continue;
    const whole = await killOnce(world, phase, undefined);
    if (whole.points === undefined) throw new Error(`${phase} does not succeed when nobody kills it:\n${whole.said}`);
    wholes.push({ phase, points: whole.points, harms: whole.harms });
    planned.push(...spreadPoints(whole.points, wanted, seed).map((at) => ({ phase, at })));
  }
  const done: (PlannedKill & { readonly exitCode: number | undefined; readonly harms: readonly Harm[] })[] = [];
  const limit = pLimit(world.atOnce);
  // in any order, so that a run that ends early has killed all phases all over
  const work = shuffled(planned, seed).map((kill) =>
    limit(async () => {
      if (signal?.aborted) return;
      const { exitCode, harms } = await killOnce(world, kill.phase, kill.at);
      done.push({ ...kill, exitCode, harms });
      for (const { kind, what } of harms) say(`  ${kill.phase} killed at ${kill.at}: ${kind}: ${what}`);
      if (done.length % 50 === 0) say(`${world.name}: ${done.length} of ${planned.length}`);
    }),
  );
  await Promise.all(work);
  return wholes.map(({ phase, points, harms }) => {
    const own = done.filter((kill) => kill.phase === phase);
    const killed = own.filter(({ exitCode }) => exitCode === undefined).length;
    const all = [{ at: undefined, harms }, ...own].flatMap(({ at, harms: found }) =>
      found.map((harm) => ({ ...harm, at })),
    );
    return { world: world.name, phase, points, kills: killed, ended: own.length - killed, harms: all };
  });
}

interface PlannedKill {
  readonly phase: string;
  readonly at: number;
}

interface WholePhase {
  readonly phase: string;
  readonly points: number;
  readonly harms: readonly Harm[];
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

/** As it stands in docs/measured.md. Pure. */
export function killTable(counts: readonly KillCount[]): string {
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const of = (harms: KillCount['harms'], wanted: Harm['kind']) => harms.filter(({ kind }) => kind === wanted).length;
  const cells = ({ world, phase, points, kills, harms }: KillCount) => [
    ...[world, `\`${phase}\``, points.toLocaleString('en'), kills],
    ...HARMS.map((kind) => of(harms, kind)),
  ];
  return [
    row(['where', 'killed', 'kill points', 'kills', 'foreign changed', 'left', 'fault in force', 'not recovered']),
    row(Array.from({ length: 4 + HARMS.length }, () => '---')),
    ...counts.map((count) => row(cells(count))),
    '',
  ].join('\n');
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
