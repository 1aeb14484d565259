import { expect, test } from 'vitest';
import { ProgramError } from '../../harness/process/run-program.ts';
import { explainEngineFailure } from './engine.ts';

const failed = (stderr: string, reason: 'exit' | 'not-found' = 'exit') =>
  new ProgramError(['docker', 'version'], {
    reason,
    exitCode: reason === 'exit' ? 1 : undefined,
    signal: undefined,
    stdout: '',
    stderr,
    cause: undefined,
  });

test.each([
  ['no docker command', failed('', 'not-found'), 'ENGINE_MISSING', 'docker.io'],
  [
    'nobody listens',
    failed('Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'),
    'ENGINE_MISSING',
    'DOCKER_HOST',
  ],
  [
    'a host that is none',
    failed('error during connect: Get "http://nowhere:2375/v1.41/version": dial tcp: lookup nowhere: no such host'),
    'ENGINE_MISSING',
    'DOCKER_HOST',
  ],
  [
    'a socket of somebody else',
    failed('permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock'),
    'ENGINE_NO_PERMISSION',
    'group docker',
  ],
  [
    'an older client that says permission first',
    failed('Got permission denied while trying to connect to the Docker daemon socket. Is the docker daemon running?'),
    'ENGINE_NO_PERMISSION',
    'group docker',
  ],
  [
    'a full disk',
    failed('Error processing tar file(exit status 1): no space left on device'),
    'DISK_TOO_SMALL',
    'system df',
  ],
])('%s', (_title, error, code, hint) => {
  const explained = explainEngineFailure(error);
  expect(explained).toMatchObject({ code, exitCode: 3, cause: error });
  expect(explained.hint).toContain(hint);
});

test('anything else keeps what the engine said', () => {
  const explained = explainEngineFailure(failed('Error response from daemon: conflict: image is being used'));
  expect(explained).toMatchObject({ code: 'ENGINE_FAILED' });
  expect(explained.message).toContain('image is being used');
});
