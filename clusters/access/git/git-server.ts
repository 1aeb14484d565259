/**
 * Serves the Git repositories of one cluster for as long as that cluster runs: `git-server.ts STATE_FILE DIRECTORY HOST
 * PORT`, started detached. Writes its address to the state file; by the mark in its environment it is found again.
 */
import type { AddressInfo } from 'node:net';
import { writeFileAtomic } from '../../../harness/process/atomic-file.ts';
import { identifyProcess } from '../ownership/process-identity.ts';
import { serveGit } from './git-http.ts';

const [stateFile, directory, host, port] = process.argv.slice(2);
if (stateFile === undefined || directory === undefined || host === undefined || port === undefined)
  throw new TypeError('usage: git-server STATE_FILE DIRECTORY HOST PORT');
const note = (text: string): void => console.log(`${new Date().toISOString()} ${text}`);
const server = await serveGit(directory, { host, port: Number(port) }, note).catch((error: NodeJS.ErrnoException) => {
  // the port of the earlier server was taken meanwhile: any other will do
  if (error.code !== 'EADDRINUSE' || port === '0') throw error;
  return serveGit(directory, { host, port: 0 }, note);
});
const listening = server.address() as AddressInfo;
await writeFileAtomic(
  stateFile,
  JSON.stringify({ process: await identifyProcess(process.pid), host, port: listening.port }),
  0o600,
);
note(`serving ${directory} at ${host}:${listening.port}`);
