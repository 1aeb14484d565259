/** How points are chosen, how a process dies at one, what is counted, and how a later run goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { countKills, fileBook, type KillBook, killTable, memoryBook, parseBook, readBook } from './kill-book.ts';
import type { Harm, Killed, KillWorld } from './kill-world.ts';
import { runKills, spreadPoints } from './run-kills.ts';

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

const PLAN = { kills: 4, seed: 1 };
const kill = (where: KillWorld, book: KillBook, signal?: AbortSignal) => runKills(where, book, 'c0ffee', quiet, signal);
const count = (book: KillBook) => countKills(book.record(), () => 4);

test('what a kill did is counted by its kind; a process that ends badly is no kill', async () => {
  const left: Harm = { kind: 'left', what: 'a folder' };
  const book = memoryBook(PLAN);
  await kill(
    world((at) => (at === undefined ? whole : at === 4 ? { ...whole, exitCode: 70 } : dead), [left]),
    book,
  );
  const counts = count(book);
  expect(counts).toMatchObject([{ kills: 3, ended: 1, points: 4, planned: 4 }]);
  expect(counts[0]?.harms.map(({ kind, at }) => `${kind} ${at}`).sort()).toEqual([
    ...['left 1', 'left 2', 'left 3', 'left 4', 'left undefined', 'recovery 4'],
  ]);
  expect(killTable(counts).split('\n')[2]).toBe('| w | `p` | 4 | 3 of 4 | 1 | 0 | 5 | 0 | 1 |');
});

test('a phase that does not succeed by itself is no measurement', async () => {
  const broken = world(() => ({ exitCode: 3, points: undefined, said: 'why' }));
  await expect(kill(broken, memoryBook(PLAN))).rejects.toThrow('does not succeed when nobody kills it:\nwhy');
});

/** @returns what was killed where; `undefined`: measured */
async function endedAfter(runs: number, book: KillBook): Promise<readonly (number | undefined)[]> {
  const enough = new AbortController();
  const at: (number | undefined)[] = [];
  const killing = world((point) => {
    at.push(point);
    if (at.length === runs) enough.abort();
    return point === undefined ? whole : dead;
  });
  await kill(killing, book, enough.signal);
  return at;
}

test('a run that is ended early has written down what it has done, and a later one does the rest and nothing twice', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-kill-book-'));
  const file = path.join(folder, 'deep', 'kills.jsonl');
  try {
    const first = await endedAfter(3, await fileBook(file, PLAN));
    // killed in the middle of a line
    await appendFile(file, '{"world":"w","pha');
    const kept = parseBook(await readFile(file, 'utf8'), file);
    expect(kept.kills).toHaveLength(2);
    const rest = memoryBook(PLAN, kept);
    const second = await endedAfter(99, rest);
    expect(second).not.toContain(undefined);
    expect([...first.slice(1), ...second].sort()).toEqual([1, 2, 3, 4]);
    expect(count(rest)).toMatchObject([{ kills: 4, ended: 0, harms: [] }]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ['', 'begin with a plan'],
  ['{"world":"w","phase":"p","points":4,"harms":[]}\n', 'begin with a plan'],
  ['{"plan":{"kills":4,"seed":1}}\n{"world":"w"}\n', 'no line of such a file'],
  ['{"plan":{"kills":4,"seed":1}}\nx\n', 'no line of such a file'],
])('what no run has written is not resumed: %j', (text, why) => {
  expect(() => parseBook(text, 'f')).toThrow(why);
});

test('what was never begun is not resumed', async () => {
  await expect(readBook('/nowhere/kills.jsonl')).rejects.toMatchObject({ code: 'KILLS_NOT_READ', exitCode: 2 });
});
