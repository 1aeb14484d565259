/** Signals to real processes, beside execa, which ends a process in which nobody else listens any more. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { fewOf, thorough } from '../testkit/runner/thorough.ts';

const OWN = new URL('./interruption.ts', import.meta.url).href;
const EXECA = import.meta.resolve('execa');

/** Runs a program by execa until it is interrupted, and then puts things in order until its stdin ends. */
const program = `
  import { execa } from ${JSON.stringify(EXECA)};
  import { listenForInterruption } from ${JSON.stringify(OWN)};
  const interruption = listenForInterruption();
  const child = execa('sleep', ['600'], { cancelSignal: interruption.signal, reject: false });
  console.log('child ' + child.pid);
  await child;
  console.log('ending');
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
  console.log('ended in order');
  process.exitCode = interruption.exitCode();`;

interface Told {
  readonly process: ChildProcess;
  /** Resolves when it has said that. */
  said(words: string): Promise<void>;
  text(): string;
  readonly end: Promise<unknown[]>;
}

async function start(): Promise<Told> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  const end = once(child, 'close');
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    child.emit('said');
  });
  const said = async (words: string) => {
    while (!text.includes(words) && child.exitCode === null) await Promise.race([once(child, 'said'), end]);
  };
  await said('child ');
  return { process: child, said, text: () => text, end };
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const pidIn = (text: string) => Number(/child (\d+)/.exec(text)?.[1]);

test.each(
  fewOf(1, [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const),
)('%s, sent twice by one keystroke, lets it end in order, with its exit code', async (signal, code) => {
  const one = await start();
  one.process.kill(signal);
  one.process.kill(signal);
  await one.said('ending');
  one.process.stdin?.end();
  expect(await one.end).toEqual([code, null]);
  expect(one.text()).toContain('ended in order');
  expect(isRunning(pidIn(one.text()))).toBe(false);
});

thorough('a second Ctrl-C of somebody who does not want to wait ends it at once, and what it started', async () => {
  const one = await start();
  one.process.kill('SIGINT');
  await one.said('ending');
  // the moment from which a signal is no longer the same keystroke is not to be seen from here: again until it ends
  const again = setInterval(() => one.process.kill('SIGINT'), 50);
  expect(await one.end).toEqual([130, null]);
  clearInterval(again);
  expect(one.text()).not.toContain('ended in order');
  expect(isRunning(pidIn(one.text()))).toBe(false);
});
