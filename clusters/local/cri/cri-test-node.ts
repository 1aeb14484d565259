/**
 * What the integration tests run inside fresh namespaces: a bridge, a tmpfs and the container runtime.
 * `cri-test-node.ts DIRECTORY PROGRAM PROTO` serves DIRECTORY/cri.sock and ends with its standard input.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '../../../harness/process/run-program.ts';
import { type CatalogueEntry, createCatalogue } from './cri-catalogue.ts';
import { startCri } from './cri-server.ts';

const [directory, program, proto] = process.argv.slice(2);
if (directory === undefined || program === undefined || proto === undefined)
  throw new TypeError('usage: cri-test-node DIRECTORY PROGRAM PROTO');

const entries: CatalogueEntry[] = [
  { image: 'shell', entrypoint: ['/bin/sh', '-c'], cmd: ['sleep 1000'] },
  { image: 'someone', entrypoint: ['/bin/sh', '-c'], uid: '1234', gid: '1235', env: { GREETING: 'from the image' } },
  {
    image: 'registry.example/node:1',
    entrypoint: ['/usr/local/bin/node'],
    files: { '/usr/local/bin/node': process.execPath },
  },
];

const state = path.join(directory, 'state');
await mkdir(state);
await runProgram(['mount', '--make-rprivate', '/']);
await runProgram(['mount', '-t', 'tmpfs', 'tmpfs', state]);
await runProgram(['mount', '-t', 'tmpfs', 'tmpfs', '/run']);
for (const words of [
  ['link', 'set', 'lo', 'up'],
  ['link', 'add', 'br0', 'type', 'bridge'],
  ['addr', 'add', '10.244.0.1/24', 'dev', 'br0'],
  ['link', 'set', 'br0', 'up'],
])
  await runProgram(['ip', ...words]);
const cri = await startCri({
  socketPath: path.join(directory, 'cri.sock'),
  protoPath: proto,
  stateDirectory: state,
  bridge: 'br0',
  podSubnet: '10.244.0.0/24',
  catalogue: createCatalogue(entries),
  streamingProgram: program,
  refuseHostPath: async () => undefined,
  log: (line) => console.log(line),
  onNotEnforced: () => void writeFile(path.join(directory, 'not-enforced.json'), JSON.stringify(cri.notEnforced())),
});
console.log('ready');
process.stdin.on('end', () => void cri.close().then(() => process.exit(0))).resume();
