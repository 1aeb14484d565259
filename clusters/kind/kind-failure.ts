/** What a failed `kind create cluster` means, read from what it wrote. */
import { environmentError, type HarnessError } from '../../harness/errors/harness-error.ts';
import type { ProgramError } from '../../harness/process/run-program.ts';

interface Meaning {
  readonly pattern: RegExp;
  readonly code: string;
  readonly message: (match: RegExpExecArray, image: string) => string;
  readonly hint: string;
}

const MEANINGS: readonly Meaning[] = [
  {
    pattern:
      /Bind for \S*?:(\d+) failed: port is already allocated|listen tcp4? \S*?:(\d+): bind: address already in use/,
    code: 'PORT_TAKEN',
    message: (match) => `port ${match[1] ?? match[2]} is taken on this machine`,
    hint: 'Choose another with --ingress-port, or leave it out and any free one is taken.',
  },
  {
    pattern: /no space left on device/,
    code: 'ENGINE_DISK',
    message: () => 'the disk of the engine is full',
    hint: 'Free some: `docker system df` shows what takes it.',
  },
  {
    pattern: /already exist for a cluster with the name/,
    code: 'CLUSTER_NAME_TAKEN',
    message: () => 'the engine has a kind cluster of that name that is not ours',
    hint: 'Use another --name.',
  },
  {
    pattern: /failed to pull image|pull access denied|manifest unknown|No such image/,
    code: 'NODE_IMAGE_MISSING',
    message: (_match, image) => `the node image ${image} is not on this machine and cannot be pulled`,
    hint: 'Without a registry, build it: canaryproof images build. Else name one with --node-image.',
  },
  {
    pattern: /Cannot connect to the Docker daemon|error during connect/,
    code: 'ENGINE_LOST',
    message: () => 'the Docker engine stopped while the cluster was being made',
    hint: 'Start it again and repeat the command.',
  },
];

export function kindFailure(error: ProgramError, nodeImage: string | undefined): HarnessError {
  const text = `${error.stderr}\n${error.stdout}`;
  const image = nodeImage ?? "of kind's own version";
  for (const { pattern, code, message, hint } of MEANINGS) {
    const match = pattern.exec(text);
    if (match) return environmentError(code, message(match, image), { hint, cause: error });
  }
  if (error.reason === 'not-found')
    return environmentError('KIND_MISSING', 'there is no `kind` program', {
      hint: 'canaryproof builds one when Python with pip is there; see `canaryproof doctor`.',
      cause: error,
    });
  const tail = text
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-10);
  return environmentError('CLUSTER_START_FAILED', `kind did not bring the nodes up\n${tail.join('\n')}`, {
    hint: 'The logs of the nodes say why; --keep leaves them to be looked at with docker exec.',
    cause: error,
  });
}
