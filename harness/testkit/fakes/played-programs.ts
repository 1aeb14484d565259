/** Programs that a test plays itself, until it is over. No module is put in place of another: test files share a process. */
import { onTestFinished } from 'vitest';
import { readers } from '../../evidence/proxy-reader.ts';
import { programs } from '../../process/run-program.ts';

const { run } = programs;
const { run: read } = readers;

/** Whatever is started through runProgram is what this makes of its arguments. */
export function playPrograms(played: typeof run): void {
  programs.run = played;
  onTestFinished(() => {
    programs.run = run;
  });
}

/** Likewise the readers beside the proxies. */
export function playReaders(played: typeof read): void {
  readers.run = played;
  onTestFinished(() => {
    readers.run = read;
  });
}
