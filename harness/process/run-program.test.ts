import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { thorough } from '../testkit/runner/thorough.ts';
import { ProgramError, pasteable, runProgram } from './run-program.ts';

async function failure(run: Promise<unknown>): Promise<ProgramError> {
  const error = await run.then(
    () => new TypeError('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof ProgramError) return error;
  throw error;
}

test('output, exit code and time of a program that ends well', async () => {
  const result = await runProgram(['sh', '-c', 'printf "out\\n"; printf err >&2']);
  expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err', exitCode: 0 });
  expect(result.durationMs).toBeGreaterThan(0);
});

test('an exit code that is not accepted is an error with everything in it', async () => {
  const error = await failure(runProgram(['sh', '-c', 'echo told; echo why >&2; exit 7']));
  expect(error).toMatchObject({
    code: 'PROGRAM_FAILED',
    exitCode: 3,
    reason: 'exit',
    programExitCode: 7,
    stdout: 'told\n',
    stderr: 'why\n',
    message: "program ended with exit code 7: sh -c 'echo told; echo why >&2; exit 7'\nwhy",
  });
});

test('only the last lines are in the message, all of them in the error', async () => {
  const error = await failure(runProgram(['sh', '-c', 'seq 1 100 >&2; exit 1']));
  expect(error.message.split('\n').slice(1)).toEqual(Array.from({ length: 12 }, (_, index) => String(index + 89)));
  expect(error.stderr.split('\n')).toHaveLength(101);
});

test('another exit code may be accepted, and then 0 may not be', async () => {
  expect((await runProgram(['sh', '-c', 'exit 4'], { acceptExitCodes: [0, 4] })).exitCode).toBe(4);
  expect((await failure(runProgram(['true'], { acceptExitCodes: [4] }))).programExitCode).toBe(0);
});

describe('why it ended', () => {
  const limits = { cpuSeconds: 1, memoryBytes: 1024 ** 3 };

  thorough(
    'its limit of processor time, which it cannot put off; the error names the program and not who limits it',
    async () => {
      const error = await failure(runProgram(['/bin/sh', '-c', 'trap "" XCPU; while :; do :; done'], { limits }));
      expect(error).toMatchObject({ reason: 'signal', argv: ['/bin/sh', '-c', 'trap "" XCPU; while :; do :; done'] });
    },
  );

  test('what it is limited to is its own, in memory and in processor time', async () => {
    const { stdout } = await runProgram(['/bin/sh', '-c', 'ulimit -d; ulimit -H -t'], { limits });
    expect(stdout.trim().split('\n')).toEqual([String(1024 ** 2), '1']);
  });

  test('the length of its output', async () => {
    const error = await failure(runProgram(['sh', '-c', 'while :; do echo much; done'], { maxOutputBytes: 10_000 }));
    expect(error).toMatchObject({
      reason: 'output',
      message: expect.stringMatching(/^program was ended for the length/),
    });
  });

  test('a program that is to be limited and is not there says what to do', async () => {
    expect(await failure(runProgram(['/nowhere/program'], { limits }))).toMatchObject({ reason: 'not-found' });
  });

  test('a program that is not there says what to do', async () => {
    const error = await failure(runProgram(['no-such-program-anywhere', '--version']));
    expect(error).toMatchObject({
      reason: 'not-found',
      message: 'program not found: no-such-program-anywhere --version',
    });
    expect(error.hint).toContain('no-such-program-anywhere');
  });
  test('a folder to run in that is not there is not a missing program', async () => {
    const error = await failure(runProgram(['true'], { cwd: '/nowhere/to/be/found' }));
    expect(error).toMatchObject({ reason: 'other' });
    expect(error.message).toContain('/nowhere/to/be/found');
  });
  test('a file that may not be run says so', async () => {
    const error = await failure(runProgram(['/etc/passwd']));
    expect(error.reason).toBe('other');
    expect(error.message).toContain('EACCES');
  });
  test('a time limit', async () => {
    const error = await failure(runProgram(['sleep', '30'], { timeoutMs: 100 }));
    expect(error).toMatchObject({ reason: 'timeout', message: 'program timed out: sleep 30' });
  });
  test('a signal of ours', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const error = await failure(runProgram(['sleep', '30'], { signal: controller.signal }));
    expect(error).toMatchObject({ reason: 'canceled', message: 'program was cancelled: sleep 30' });
  });
  test("somebody else's signal", async () => {
    const error = await failure(runProgram(['sh', '-c', 'kill -TERM $$']));
    expect(error).toMatchObject({ reason: 'signal', message: expect.stringMatching(/^program ended by SIGTERM: /) });
  });
});

describe('what goes in', () => {
  test('arguments are words, whatever is in them', async () => {
    const words = ['a b', "it's", '$HOME', '', '*', '"', 'line\nbreak'];
    const { stdout } = await runProgram([
      'node',
      '-e',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      '--',
      ...words,
    ]);
    expect(JSON.parse(stdout)).toEqual(words);
  });
  test('input, folder and environment', async () => {
    const script = 'cat; pwd; echo "$COLOUR $HOME."';
    const options = { input: 'in\n', cwd: '/', env: { COLOUR: 'blue' }, extendEnv: false };
    expect((await runProgram(['/bin/sh', '-c', script], options)).stdout).toBe('in\n/\nblue .\n');
  });
  test('without input, stdin is at its end', async () => {
    expect((await runProgram(['cat'])).stdout).toBe('');
  });
});

test('Ctrl-C reaches a program, unless it has a process group of its own', async () => {
  const groupOf = async (options: { readonly ownProcessGroup?: true }) =>
    (await runProgram(['sh', '-c', 'ps -o pgid= -p $$'], options)).stdout.trim();
  const own = execFileSync('ps', ['-o', 'pgid=', '-p', String(process.pid)], { encoding: 'utf8' }).trim();
  expect(await groupOf({})).toBe(own);
  expect(await groupOf({ ownProcessGroup: true })).not.toBe(own);
});

test('every line has been handed over, in order, when the program is over', async () => {
  const lines: string[] = [];
  await runProgram(['sh', '-c', 'seq 1 2000; echo bad >&2; printf last'], {
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  });
  const ofStdout = lines.filter((line) => line.startsWith('stdout '));
  expect(ofStdout).toEqual([...Array.from({ length: 2000 }, (_, index) => `stdout ${index + 1}`), 'stdout last']);
  expect(lines).toContain('stderr bad');
});

test('a shell reads a pasteable line back as the same words', () => {
  const argv = ['printf', '%s|', 'plain-1.2/x:y@z', 'two words', "it's", '$HOME', '', 'a\nb', '~', '*'];
  expect(execFileSync('sh', ['-c', pasteable(argv)], { encoding: 'utf8' })).toBe(`${argv.slice(2).join('|')}|`);
  expect(pasteable(['ls', '-l', '/tmp/x=1'])).toBe('ls -l /tmp/x=1');
});
