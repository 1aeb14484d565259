/** How points are chosen, how a process dies at one, and what is counted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Harm, Killed, KillWorld } from './kill-world.ts';
import { killTable, runKills, spreadPoints } from './run-kills.ts';

const quiet = () => undefined;

test('points are spread over the whole of a phase, one at random in each part, and every one where there are few', () => {
  expect(spreadPoints(3, 10, 1)).toEqual([1, 2, 3]);
  const points = spreadPoints(1000, 10, 1);
  expect(points.map((point) => Math.ceil(point / 100))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(spreadPoints(1000, 10, 2)).not.toEqual(points);
  expect(spreadPoints(1000, 10, 1)).toEqual(points);
});

test('a process kills itself at its point, and at no point when it is only counted', async () => {
  const program = (at: string) =>
    `import { watchKillPoints } from ${JSON.stringify(new URL('./kill-points.ts', import.meta.url).href)};
     import { readFile } from 'node:fs/promises';
     const passed = watchKillPoints(${at});
     for (let i = 0; i < 5; i++) { await readFile('/proc/self/stat'); process.stderr.write('.'); }
     process.exitCode = passed() > 10 ? 0 : 1;`;
  const ended = async (at: string) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(at)]);
    let dots = '';
    child.stderr.on('data', (text: Buffer) => {
      dots += text.toString();
    });
    const [exitCode, signal] = await once(child, 'close');
    return { exitCode, signal, dots };
  };
  expect(await ended('undefined')).toEqual({ exitCode: 0, signal: null, dots: '.....' });
  expect(await ended('1')).toEqual({ exitCode: null, signal: 'SIGKILL', dots: '' });
});

const world = (ends: (at: number | undefined) => Killed, harms: readonly Harm[] = []): KillWorld => ({
  name: 'w',
  phases: [{ name: 'p', thousandths: 1000 }],
  atOnce: 1,
  open: async () => ({
    run: async (at) => ends(at),
    recover: async () => harms,
    [Symbol.asyncDispose]: async () => undefined,
  }),
});
const whole: Killed = { exitCode: 0, points: 4, said: '' };
const dead: Killed = { exitCode: undefined, points: undefined, said: '' };

test('what a kill did is counted by its kind; a process that ends badly is no kill', async () => {
  const left: Harm = { kind: 'left', what: 'a folder' };
  const counts = await runKills(
    world((at) => (at === undefined ? whole : at === 4 ? { ...whole, exitCode: 70 } : dead), [left]),
    4,
    1,
    quiet,
  );
  expect(counts).toMatchObject([{ kills: 3, ended: 1, points: 4 }]);
  expect(counts[0]?.harms.map(({ kind, at }) => `${kind} ${at}`).sort()).toEqual([
    ...['left 1', 'left 2', 'left 3', 'left 4', 'left undefined', 'recovery 4'],
  ]);
  expect(killTable(counts).split('\n')[2]).toBe('| w | `p` | 4 | 3 | 0 | 5 | 0 | 1 |');
});

test('a phase that does not succeed by itself is no measurement', async () => {
  const broken = world(() => ({ exitCode: 3, points: undefined, said: 'why' }));
  await expect(runKills(broken, 4, 1, quiet)).rejects.toThrow('does not succeed when nobody kills it:\nwhy');
});

test('a run that is ended early counts what it has done', async () => {
  const enough = new AbortController();
  let ran = 0;
  const killing = world((at) => {
    ran += 1;
    if (ran === 3) enough.abort();
    return at === undefined ? whole : dead;
  });
  expect(await runKills(killing, 4, 1, quiet, enough.signal)).toMatchObject([{ kills: 2, ended: 0, harms: [] }]);
});
