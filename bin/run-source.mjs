/**
 * `node bin/run-source.mjs FILE.ts [ARGUMENT...]`: runs a TypeScript source of the checkout with whatever Node reads
 * this: under this one when it strips types, else under the one that the npm package `node` brings.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const platformPackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

function stripsTypes(runtime) {
  const answer = spawnSync(runtime, ['-p', 'Boolean(process.features.typescript)'], {
    encoding: 'utf8',
    timeout: 10000,
  });
  return answer.status === 0 && answer.stdout.trim() === 'true';
}

const runtime = process.features.typescript
  ? process.execPath
  : [
      path.join(modules, 'node', 'bin', 'node'),
      path.join(modules, '.bin', 'node'),
      path.join(modules, 'node', 'node_modules', platformPackage, 'bin', 'node'),
      path.join(modules, platformPackage, 'bin', 'node'),
    ].find((candidate) => existsSync(candidate) && stripsTypes(candidate));
if (runtime === undefined) {
  console.error(
    `error NODE_TOO_OLD: Node ${process.versions.node} cannot read TypeScript, and the pinned runtime (npm package "node") is not installed\n  hint: Run "npm install" (with install scripts allowed for the package "node"), or use a newer Node.`,
  );
  process.exit(3);
}
const child = spawn(runtime, process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${path.dirname(runtime)}${path.delimiter}${process.env.PATH ?? ''}` },
});
// a terminal sends Ctrl-C to both; a supervisor only to this process
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`error RUNTIME_NOT_STARTED: ${runtime} could not be started: ${error.message}`);
  process.exit(3);
});
child.on('exit', (code, signal) => process.exit(signal ? 128 + (os.constants.signals[signal] || 0) : code));
