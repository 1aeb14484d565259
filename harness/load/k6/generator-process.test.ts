import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { pid } from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { cpuSecondsOf, generatorPid } from './generator-process.ts';

const NODE = realpathSync(process.execPath);
const children: number[] = [];
afterEach(() => {
  for (const child of children.splice(0)) process.kill(child, 'SIGKILL');
});

describe('generatorPid', () => {
  it('walks down from a program that waits for the generator', async () => {
    // The inner program tells its own number and waits.
    const inner = 'console.log(process.pid); setInterval(() => {}, 1000)';
    const shell = spawn('sh', ['-c', '"$0" -e "$1"; exit 7', process.execPath, inner]);
    children.push(shell.pid!);
    const [bytes] = (await once(shell.stdout, 'data')) as [Buffer];
    const innerPid = Number(bytes.toString());
    children.push(innerPid);
    expect(innerPid).not.toBe(shell.pid);
    expect(generatorPid(shell.pid!, NODE)).toBe(innerPid);
    expect(generatorPid(shell.pid!, '/no/such/program')).toBe(innerPid);
  });

  it('is the process itself when that is the program', () => {
    expect(generatorPid(pid, NODE)).toBe(pid);
  });
});

describe('cpuSecondsOf', () => {
  it('is what the process says of itself, to a tick', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    expect(Math.abs(cpuSecondsOf(pid)! - (userCPUTime + systemCPUTime) / 1e6)).toBeLessThan(0.05);
  });

  it('is undefined when the process is gone', () => {
    expect(cpuSecondsOf(2 ** 30)).toBeUndefined();
  });
});
