import { describe, expect, test } from 'vitest';
import { createFakeWorld } from '../testkit/fakes/fake-world.ts';
import { createProgress } from './talk/progress-events.ts';
import { stderrSink } from './talk/stderr-sink.ts';
import { progressReaderFor } from './talk/talk.ts';

function progressIn(world = createFakeWorld(), verbose = false) {
  const readers = progressReaderFor({ ...world, stderr: stderrSink(world.stderr) }, { color: true, verbose });
  return {
    progress: createProgress(world.now, readers),
    close: () => readers.forEach((reader) => void reader.close()),
  };
}

describe('in a log', () => {
  test('one timestamped line per event', () => {
    const world = createFakeWorld();
    const { progress } = progressIn(world);
    const step = progress.step('build k6');
    world.advance(2500);
    step.update('half');
    progress.note('a note');
    step.done('built');
    progress.step('load').fail('refused');
    expect(world.stderrText()).toBe(
      [
        '2026-01-02T03:04:05Z start  build k6',
        '2026-01-02T03:04:07Z note   a note',
        '2026-01-02T03:04:07Z done   build k6 (2.5 s): built',
        '2026-01-02T03:04:07Z start  load',
        '2026-01-02T03:04:07Z failed load (0.0 s): refused',
        '',
      ].join('\n'),
    );
  });

  test('a heartbeat every 30 s names what is running and how far it is, until the end', () => {
    const world = createFakeWorld();
    const { progress, close } = progressIn(world);
    const step = progress.step('build k6');
    step.update('37 of 120 packages');
    world.advance(65_000);
    expect(world.stderrText().split('\n').slice(1, 3)).toEqual([
      '2026-01-02T03:04:35Z still  build k6 (30 s): 37 of 120 packages',
      '2026-01-02T03:05:05Z still  build k6 (1 min 00 s): 37 of 120 packages',
    ]);
    close();
    const before = world.stderrText();
    world.advance(60_000);
    expect(world.stderrText()).toBe(before);
  });

  test('the heartbeat says how far the claims are, and about how long the rest takes', () => {
    const world = createFakeWorld();
    const { progress, close } = progressIn(world);
    const told = (id: string, state: 'running' | 'passed') => progress.claim!({ id, title: id, state });
    for (const id of ['a', 'b', 'c']) progress.claim!({ id, title: id, state: 'waiting', lastTookMs: 20_000 });
    const step = progress.step('judge');
    told('a', 'running');
    world.advance(20_000);
    told('a', 'passed');
    told('b', 'running');
    world.advance(10_000);
    expect(world.stderrText()).toContain('Z claims 1 of 3 judged, about 30 s left if it goes like the last run\n');
    told('b', 'passed');
    told('c', 'running');
    told('c', 'passed');
    world.advance(30_000);
    expect(world.stderrText()).toContain('Z claims 3 of 3 judged\n');
    step.done();
    close();
  });

  test('CI and TERM=dumb get plain lines even on a terminal', () => {
    for (const env of [{ CI: '1' }, { TERM: 'dumb' }]) {
      const world = createFakeWorld({ env, stderrIsTTY: true });
      progressIn(world).progress.step('x').done();
      expect(world.stderrText()).not.toContain('\x1b');
    }
  });

  test('-v shows every update', () => {
    const world = createFakeWorld();
    progressIn(world, true).progress.step('x').update('detail');
    expect(world.stderrText()).toContain('x: detail');
  });
});

describe('on a terminal', () => {
  test('running steps are redrawn, finished ones stay, closing leaves nothing moving', () => {
    const world = createFakeWorld({ stderrIsTTY: true });
    const { progress, close } = progressIn(world);
    const step = progress.step('load');
    step.update('n 100');
    world.advance(120);
    expect(world.stderrText()).toContain('load 0.1 s  n 100');
    step.done('decided');
    progress.step('write');
    close();
    expect(screen(world.stderrText())).toEqual(['✔ load 0.1 s  decided', '']);
  });

  test('a long line is cut to the width, so that redrawing never wraps', () => {
    const world = createFakeWorld({ stderrIsTTY: true });
    progressIn(world).progress.step('x'.repeat(200));
    const longest = Math.max(...screen(world.stderrText()).map((line) => line.length));
    expect(longest).toBe(79);
  });

  test('glyphs are ASCII where the locale is', () => {
    const world = createFakeWorld({ stderrIsTTY: true, env: { LANG: 'C' } });
    progressIn(world).progress.step('load').done();
    expect(screen(world.stderrText())[0]).toMatch(/^\+ load/);
  });
});

/** What a terminal shows after the text, understanding the two sequences used: up N lines, erase to the end. */
function screen(text: string): string[] {
  let lines: string[] = [''];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences are the subject
  const parts = text.replace(/\x1b\[\d+m/g, '').split(/(\x1b\[\d+A\x1b\[J)/);
  for (const part of parts) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences are the subject
    const up = part.match(/^\x1b\[(\d+)A/)?.[1];
    if (up) lines = [...lines.slice(0, lines.length - 1 - Number(up)), ''];
    else {
      const [first = '', ...rest] = part.split('\n');
      lines = [...lines.slice(0, -1), `${lines.at(-1)}${first}`, ...rest];
    }
  }
  return lines;
}
