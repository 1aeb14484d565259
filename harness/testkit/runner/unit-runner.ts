/** Runs the files of the unit tests as vitest does, but finds what our sources import by itself (vitest.config.ts). */
import { registerHooks } from 'node:module';
import { TestRunner } from 'vitest';

/**
 * Our sources name each other by relative paths that end in `.ts`: where these lead is known without a look at the disk.
 * For each such import, and each of a part of Node, vitest writes to its main process, which keeps a graph of them to see
 * what to run again when a file changes. A run that ends has no use for it, and it is tens of thousands of messages.
 */
function resolveImportsHere(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const { parentURL } = context;
      if (specifier.startsWith('node:')) return { url: specifier, format: 'builtin', shortCircuit: true };
      if (!/^\.{1,2}\/.*\.ts$/.test(specifier) || !isOurs(parentURL)) return nextResolve(specifier, context);
      return { url: new URL(specifier, parentURL).href, shortCircuit: true };
    },
  });
}

function isOurs(url: string | undefined): boolean {
  return url?.startsWith('file:') === true && !url.includes('/node_modules/');
}

// the other mode is WATCH
if (process.env.VITEST_MODE === 'RUN') resolveImportsHere();

export default TestRunner;
