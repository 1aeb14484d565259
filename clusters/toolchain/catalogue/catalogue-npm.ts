/** The parts that come as npm packages, pinned and locked by their package-lock.json: the flag server and its database. */
import type { NpmRecipe } from './recipe.ts';

const MIB = 1024 ** 2;

export const NPM_PACKAGES: readonly NpmRecipe[] = [
  {
    kind: 'npm',
    component: 'unleash',
    version: '8.2.0',
    origin: 'npm package unleash-server 8.2.0',
    moduleFolder: 'unleash',
    programs: [
      { name: 'unleash', source: 'unleash-server/dist/server.js' },
      // PostgreSQL as WebAssembly, behind a socket
      { name: 'pglite-server', source: '@electric-sql/pglite-socket/dist/scripts/server.js' },
    ],
    typicalSeconds: 60,
    buildBytes: 300 * MIB,
    installedBytes: 150 * MIB,
  },
];
