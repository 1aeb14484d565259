/** The container engine as the providers need it: whether it can be used, and what it has room for. */
import { readFile, statfs } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentError } from '../../../harness/errors/harness-error.ts';
import { ProgramError, type runProgram } from '../../../harness/process/run-program.ts';

/** How programs are run; tests answer from records. */
export type Run = typeof runProgram;

export interface EngineFacts {
  readonly version: string;
  readonly cgroupVersion: number;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Folder of images and containers on the engine's machine. */
  readonly dataFolder: string;
}

const infoSchema = z.object({
  ServerVersion: z.string().default(''),
  CgroupVersion: z.string().default('2'),
  MemTotal: z.number().default(0),
  NCPU: z.number().default(0),
  DockerRootDir: z.string().default('/var/lib/docker'),
  ServerErrors: z.array(z.string()).nullish(),
});

const ENGINE_WAIT_MS = 20_000;

/** @throws HarnessError ENGINE_MISSING, ENGINE_NO_PERMISSION */
export async function examineEngine(run: Run): Promise<EngineFacts> {
  const answer = await run(['docker', 'info', '--format', '{{json .}}'], { timeoutMs: ENGINE_WAIT_MS }).catch(
    (error: unknown) => {
      if (!(error instanceof ProgramError)) throw error;
      if (error.reason === 'not-found')
        throw environmentError('ENGINE_MISSING', 'there is no `docker` program on this machine', {
          hint: 'Install a Docker engine (Debian: apt-get install docker.io), or use --provider local, which needs none.',
          cause: error,
        });
      throw silent(`${error.stderr}\n${error.stdout}`, error);
    },
  );
  const info = infoSchema.parse(JSON.parse(answer.stdout));
  if (info.ServerErrors?.length || info.ServerVersion === '')
    throw silent(info.ServerErrors?.join('\n') ?? '', undefined);
  return {
    version: info.ServerVersion,
    cgroupVersion: Number(info.CgroupVersion) || 2,
    memoryBytes: info.MemTotal,
    cpus: info.NCPU,
    dataFolder: info.DockerRootDir,
  };
}

function silent(text: string, cause: unknown): Error {
  if (/permission denied/i.test(text))
    return environmentError('ENGINE_NO_PERMISSION', 'this user may not use the Docker engine', {
      hint: 'Add the user to the group docker (sudo usermod -aG docker $USER, then log in again), or run as root.',
      cause,
    });
  const reason =
    text
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{'))
      .at(-1) ?? '';
  return environmentError('ENGINE_MISSING', `the Docker engine does not answer${reason ? `: ${reason}` : ''}`, {
    hint: 'Start it (systemctl start docker), or set DOCKER_HOST to the one to use. --provider local needs none.',
    cause,
  });
}

export interface Room {
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

const GIB = 1024 ** 3;

/** @throws HarnessError ENGINE_MEMORY, ENGINE_DISK */
export function requireRoom(free: Room, needed: Room): void {
  const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;
  if (free.memoryBytes < needed.memoryBytes)
    throw environmentError(
      'ENGINE_MEMORY',
      `the cluster needs ${gib(needed.memoryBytes)} of memory and ${gib(free.memoryBytes)} are free`,
      { hint: 'End something else, use a larger machine, or --provider local, which needs about 2 GiB.' },
    );
  if (free.diskBytes < needed.diskBytes)
    throw environmentError(
      'ENGINE_DISK',
      `the cluster needs ${gib(needed.diskBytes)} of disk at the engine's folder and ${gib(free.diskBytes)} are free`,
      { hint: 'Free some: `docker system df` shows what takes it.' },
    );
}

/** What is free now, where the engine's machine is this one; else what the engine has in all, and disk unknown. */
export async function freeRoom(facts: EngineFacts, procFolder = '/proc'): Promise<Room> {
  const text = await readFile(path.join(procFolder, 'meminfo'), 'utf8').catch(() => '');
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024;
  const disk = await statfs(facts.dataFolder).catch(() => undefined);
  return {
    memoryBytes: Math.min(facts.memoryBytes, available || facts.memoryBytes),
    diskBytes: disk ? disk.bavail * disk.bsize : Number.POSITIVE_INFINITY,
  };
}
