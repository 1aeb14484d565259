/**
 * Before `npm start` and `npm test`: installs the dependencies when they are missing or older than the lock file.
 * Plain JavaScript for any Node >= 20, because nothing is installed yet when it runs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const lock = path.join(root, 'package-lock.json');
const installed = path.join(root, 'node_modules', '.package-lock.json');

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  console.error('canaryproof: installing dependencies with npm (about a minute) ...');
  // not `npm ci`: it refuses a lock file made where a registry mirror lacks other platforms' optional packages
  const result = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) {
    console.error('canaryproof: npm install failed (DEPENDENCIES_NOT_INSTALLED); its messages are above');
    process.exit(3);
  }
}
