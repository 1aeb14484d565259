/** The Docker engine, by its command line: what is asked of it, and what its refusals mean. */
import { z } from 'zod';
import { environmentError, type HarnessError } from '../../harness/errors/harness-error.ts';
import { ProgramError, type RunOptions, runProgram } from '../../harness/process/run-program.ts';
import { RECIPE_LABEL } from './image-document.ts';

export interface EngineImage {
  readonly id: string;
  readonly bytes: number;
  /** The plan that it was made from; undefined: not an image of ours. */
  readonly recipe: string | undefined;
  /** What its label says it was built from; empty for others' images. */
  readonly origin: string;
}

export interface Engine {
  /** @throws HarnessError ENGINE_MISSING, ENGINE_NO_PERMISSION, ENGINE_FAILED when it does not answer */
  version(): Promise<string>;
  /** Undefined when it has no image of this name. */
  inspect(reference: string): Promise<EngineImage | undefined>;
  /** References of images of ours; those without a name by id. */
  ownImages(): Promise<readonly string[]>;
  load(archive: string): Promise<void>;
  tag(from: string, to: string): Promise<void>;
  remove(references: readonly string[]): Promise<void>;
}

const inspectSchema = z
  .array(
    z.object({
      Id: z.string(),
      Size: z.number(),
      Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
    }),
  )
  .min(1);

export function dockerEngine(signal: AbortSignal): Engine {
  const docker = async (args: readonly string[], options: RunOptions = {}) => {
    try {
      return await runProgram(['docker', ...args], { signal, ...options });
    } catch (error) {
      throw error instanceof ProgramError && !signal.aborted ? explainEngineFailure(error) : error;
    }
  };
  return {
    async version() {
      return (await docker(['version', '--format', '{{.Server.Version}}'])).stdout.trim();
    },
    async inspect(reference) {
      const result = await docker(['image', 'inspect', reference], { acceptExitCodes: [0, 1] });
      if (result.exitCode !== 0) {
        if (/No such image/i.test(result.stderr)) return undefined;
        throw explainEngineFailure(new ProgramError(['docker', 'image', 'inspect', reference], failureOf(result)));
      }
      const [found] = inspectSchema.parse(JSON.parse(result.stdout));
      if (found === undefined) return undefined;
      const labels = found.Config?.Labels ?? {};
      const origin = labels['org.opencontainers.image.description'] ?? '';
      return { id: found.Id, bytes: found.Size, recipe: labels[RECIPE_LABEL], origin };
    },
    async ownImages() {
      const format = '{{.Repository}}:{{.Tag}} {{.ID}}';
      const { stdout } = await docker(['image', 'ls', '--filter', `label=${RECIPE_LABEL}`, '--format', format]);
      const lines = stdout.split('\n').filter(Boolean);
      return lines.map((line) => line.split(' ')).map(([name = '', id = '']) => (name.includes('<none>') ? id : name));
    },
    async load(archive) {
      await docker(['load', '--quiet', '--input', archive]);
    },
    async tag(from, to) {
      await docker(['tag', from, to]);
    },
    async remove(references) {
      if (references.length > 0) await docker(['image', 'rm', '--force', ...references]);
    },
  };
}

function failureOf({ stdout, stderr, exitCode }: { stdout: string; stderr: string; exitCode: number }) {
  return { reason: 'exit' as const, exitCode, signal: undefined, stdout, stderr, cause: undefined };
}

/** What the client says when there is no engine, when it may not be used, and everything else. */
export function explainEngineFailure(error: ProgramError): HarnessError {
  const said = `${error.stderr}\n${error.stdout}`;
  if (error.reason === 'not-found')
    return environmentError('ENGINE_MISSING', 'the docker command is not installed', {
      hint: 'Install Docker (Debian, Ubuntu: apt-get install -y docker.io), start it, and run this again.',
      cause: error,
    });
  if (/permission denied/i.test(said))
    return environmentError('ENGINE_NO_PERMISSION', 'this user may not use the Docker engine', {
      hint: 'Run as root, or add the user to the group docker (sudo usermod -aG docker "$USER") and log in again.',
      cause: error,
    });
  if (/cannot connect to the docker daemon|is the docker daemon running|error during connect|no such host/i.test(said))
    return environmentError('ENGINE_MISSING', 'no Docker engine answers', {
      where: process.env.DOCKER_HOST ?? 'the default socket',
      hint: 'Start Docker, or set DOCKER_HOST to an engine that runs.',
      cause: error,
    });
  if (/no space left on device/i.test(said))
    return environmentError('DISK_TOO_SMALL', "the Docker engine's disk is full", {
      hint: 'Free some space ("docker system df" shows what takes it), and run this again: what is finished is kept.',
      cause: error,
    });
  return environmentError('ENGINE_FAILED', `the Docker engine refused: ${error.message}`, { cause: error });
}
