/** Starts k6 with a relay on its evidence channel that loses or changes lines: an instrument that lies. */
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { type StartProgram, startProgram } from '../load/k6/start-program.ts';
import type { TamperRule } from './tamper-rules.ts';

const CONSOLE = '--console-output=';
/** For what the relay still holds when k6 has gone. */
const RELAY_BOUND_MS = 10_000;

export function tamperedStart(rule: TamperRule): StartProgram {
  return (argv, environment) => {
    const at = argv.findIndex((word) => word.startsWith(CONSOLE));
    const pipe = argv[at]?.slice(CONSOLE.length) ?? '';
    const ownPipe = `${pipe}-before-relay`;
    execaSync('mkfifo', ['-m', '600', ownPipe]);
    const file = fileURLToPath(new URL('./evidence-relay.ts', import.meta.url));
    const relay = execa(process.execPath, [file, rule, ownPipe, pipe], {
      reject: false,
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'inherit',
    });
    const [program, ...args] = argv;
    const k6 = startProgram([program, ...args.with(at - 1, `${CONSOLE}${ownPipe}`)], environment);
    const ended = k6.ended.then(async (end) => {
      // A k6 that never opened its pipe leaves the relay waiting for it.
      const bound = setTimeout(() => relay.kill('SIGKILL'), RELAY_BOUND_MS);
      await relay;
      clearTimeout(bound);
      return end;
    });
    return { ...k6, ended };
  };
}
