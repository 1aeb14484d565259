import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createFakeServices } from '../../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { fewOf } from '../../../testkit/runner/thorough.ts';
import { run } from '../../run.ts';

async function said(...argv: string[]) {
  const world = createFakeWorld();
  const exitCode = await run(world, argv, createFakeServices());
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}
const isThere = (program: string) => spawnSync(program, ['--version']).error === undefined;

/** What bash would offer behind these words. */
async function offered(...words: string[]): Promise<readonly string[]> {
  const { stdout } = await said('completion', 'bash');
  const ask = `COMP_WORDS=(canaryproof "$@"); COMP_CWORD=$#; _canaryproof; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const answer = spawnSync('bash', ['--norc', '-c', `${stdout}\n${ask}`, 'bash', ...words], {
    encoding: 'utf8',
    cwd: '/',
  });
  expect(answer.stderr).toBe('');
  return answer.stdout.split('\n').filter(Boolean);
}

test('bash offers verbs, options of the verb, and values where there is a list', async () => {
  expect(await offered('co')).toEqual(['conform', 'compare', 'comment', 'config', 'completion']);
  expect(await offered('conform', '--ass')).toEqual(['--assurance']);
  expect(await offered('conform', '--assurance', '')).toEqual(['smoke', 'default', 'nightly']);
  expect(await offered('lint', '--changed')).toEqual(['--changed-since']);
  expect(await offered('toolchain', 'ex')).toEqual(['export']);
  expect(await offered('completion', 'z')).toEqual(['zsh']);
  expect(await offered('lint', '/et')).toEqual(['/etc']);
});

describe('each script is one that its shell reads', () => {
  test.each(fewOf(1, ['bash', 'zsh', 'fish']))('%s', async (shell) => {
    const { exitCode, stdout, stderr } = await said('completion', shell);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const verb of ['conform', 'lint', 'history']) expect(stdout).toContain(verb);
    // not on every machine; where it is, it decides
    const program = shell === 'zsh' && !isThere('zsh') ? 'bash' : shell;
    if (!isThere(program)) return expect(stdout).toMatch(/^complete -c canaryproof /m);
    const read = spawnSync(program, ['-n'], {
      input: stdout.replace(/^#compdef.*\n.*bashcompinit\n/, ''),
      encoding: 'utf8',
    });
    expect({ status: read.status, stderr: read.stderr }).toEqual({ status: 0, stderr: '' });
  });
});

test('another shell is refused', async () => {
  expect(await said('completion', 'tcsh')).toMatchObject({ exitCode: 2, stdout: '' });
});
