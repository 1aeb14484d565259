/** A machine so busy that the program which kills takes longer to start than processes may take to go. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { MARK_VARIABLE } from '../access/ownership/marked-processes.ts';
import { clusterFiles } from './cluster-files.ts';
import { endClusterProcesses, writeMark } from './node-processes.ts';

const MARK = 'c0ffee'.repeat(6);
const GONE_MS = 300;
/** How many processes appear while others are being killed, as from a program that starts again what ended. */
const LATE = 2;

test('what was killed late, or appeared late, is not said to survive', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-slow-'));
  const { PATH = '' } = process.env;
  const files = clusterFiles(path.join(folder, 'clusters'), 'a', path.join(folder, 'run'));
  const child = spawn('sh', ['-c', 'echo up; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH, [MARK_VARIABLE]: MARK },
  });
  try {
    await once(child.stdout, 'data');
    for (const made of [files.directory, files.sockets]) await mkdir(made, { recursive: true, mode: 0o700 });
    await writeMark(files, MARK);
    const slow = path.join(folder, 'python3');
    await writeFile(
      slow,
      `#!/bin/sh
sleep ${(2 * GONE_MS) / 1000}
PATH='${PATH}'
python3 "$@"
code=$?
echo killed >>'${folder}/kills'
if [ "$(wc -l <'${folder}/kills')" -le ${LATE} ]; then
  ${MARK_VARIABLE}=${MARK} sleep 60 </dev/null >/dev/null 2>&1 &
  until grep -q ${MARK} "/proc/$!/environ"; do sleep 0.01; done
fi
exit $code
`,
    );
    await chmod(slow, 0o755);
    process.env.PATH = `${folder}${path.delimiter}${PATH}`;
    expect(await endClusterProcesses(files, GONE_MS)).toBeGreaterThan(LATE);
  } finally {
    process.env.PATH = PATH;
    child.kill('SIGKILL');
    await endClusterProcesses(files); // what a failure has left
    await rm(folder, { recursive: true });
  }
});
