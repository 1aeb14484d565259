/** A program of the user's that runs in the place of an image: where it is on this machine, and what its container needs. */
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { usageError } from '../../harness/errors/harness-error.ts';
import type { ProgramMapping } from '../../harness/ports/cluster.ts';
import { isExecutable, programOnPath } from '../../harness/process/find-program.ts';
import type { NodeSpec } from './node-spec.ts';

type CatalogueEntry = NodeSpec['catalogue'][number];

/** Where its directory is in the container. */
const DIRECTORY = '/app';
/** Folders of the machine that every container sees. */
const SHARED = ['/usr/', '/bin/', '/sbin/', '/lib/', '/lib64/'];

/**
 * @param searchPath PATH of whoever started the harness; a name without a slash is looked up there, one with a slash is
 *   in the program's directory
 * @throws HarnessError PROGRAM_DIRECTORY_MISSING or PROGRAM_NOT_FOUND (exit 2)
 */
export function ownProgramEntry(image: string, program: ProgramMapping, searchPath: string): CatalogueEntry {
  const { command, directory, environment, port } = program;
  const where = `images, ${image}`;
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw usageError('PROGRAM_DIRECTORY_MISSING', `there is no folder ${directory}`, {
      where,
      hint: "program.directory is relative to the profile's folder.",
    });
  const [name = '', ...rest] = command;
  const { argument, files } = name.includes('/')
    ? inDirectory(name, directory, where)
    : onPath(name, searchPath, where);
  return {
    image,
    replaces: 'program',
    entrypoint: [argument, ...rest],
    env: { ...environment, ...(port === undefined ? {} : { PORT: String(port) }) },
    files: { ...files, [DIRECTORY]: realpathSync(directory) },
    workingDir: DIRECTORY,
  };
}

interface Found {
  readonly argument: string;
  /** To be bound so that it is there. */
  readonly files: Readonly<Record<string, string>>;
}

function inDirectory(name: string, directory: string, where: string): Found {
  const file = path.resolve(directory, name);
  if (path.isAbsolute(name)) return outside(name, where);
  if (!isExecutable(file)) throw notFound(name, where, `It must be an executable file below ${directory}.`);
  return { argument: path.posix.join(DIRECTORY, path.relative(directory, file)), files: {} };
}

function onPath(name: string, searchPath: string, where: string): Found {
  const file = programOnPath(name, searchPath);
  if (file === undefined) throw notFound(name, where, 'Install it, or give its path.');
  return outside(file, where);
}

/** Elsewhere on the machine: an interpreter brings its libraries, which lie beside its bin folder (or its shims). */
function outside(file: string, where: string): Found {
  if (!isExecutable(file)) throw notFound(file, where, 'It must be an executable file.');
  const real = realpathSync(file);
  if (SHARED.some((folder) => real.startsWith(folder))) return { argument: real, files: {} };
  const folder = path.dirname(real);
  const prefix = ['bin', 'shims'].includes(path.basename(folder)) ? path.dirname(folder) : folder;
  return { argument: real, files: { [prefix]: prefix } };
}

function notFound(name: string, where: string, hint: string) {
  return usageError('PROGRAM_NOT_FOUND', `there is no program ${name}`, { where, hint });
}
