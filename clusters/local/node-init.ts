/**
 * The first process of a node's own network, mount and pid namespaces: `node-init.ts STATE_ROOT NAME RUNTIME_ROOT`.
 *
 * Makes the private mounts and the bridge, runs the container runtime, and keeps the real control plane, kubelet and
 * kube-proxy running. When it ends, or its stdin closes because the supervisor died, everything in the namespaces goes.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';
import { serveGit } from '../access/git/git-http.ts';
import { ADDRESSES } from './addresses.ts';
import { put } from './base/etcd-gateway.ts';
import { keepLogsShort } from './bounded-logs.ts';
import { clusterFiles } from './cluster-files.ts';
import { kubeconfig, kubeletConfiguration, kubeProxyConfiguration, tokensCsv } from './control-plane/program-files.ts';
import {
  apiServerLine,
  controllerManagerLine,
  etcdLine,
  etcdSocket,
  kubeletDirectory,
  kubeletLine,
  kubeProxyLine,
  type NodeDirectories,
  schedulerLine,
} from './control-plane/program-lines.ts';
import { createCatalogue } from './cri/cri-catalogue.ts';
import { startCri } from './cri/cri-server.ts';
import { serveDialSocket } from './dial-socket.ts';
import {
  type ClientCertificates,
  frontProxyCertificates,
  kubeletClientCertificates,
} from './front-proxy-certificates.ts';
import { HOST_PATHS, refuseHostPath } from './host-paths.ts';
import { keepRunning } from './managed-program.ts';
import { buildNodeNetwork, mountNode } from './node-mounts.ts';
import { nodeSpecSchema } from './node-spec.ts';
import { awaitApiServer, awaitCertificate, awaitSocket } from './start/await-server.ts';

const note = (text: string): void => console.log(`${new Date().toISOString()} ${text}`);

async function main(stateRoot: string, name: string, runtimeRoot: string): Promise<void> {
  const files = clusterFiles(stateRoot, name, runtimeRoot);
  const spec = nodeSpecSchema.parse(JSON.parse(await readFile(files.spec, 'utf8')));
  await mountNode(files.volatile, files.directory, spec.rootless);
  // the machine's own /tmp is read-only here
  process.env.TMPDIR = path.join(files.volatile, 'tmp');
  await buildNodeNetwork();
  note('mounts and network ready');

  const directories: NodeDirectories = {
    state: files.volatile,
    config: files.node,
    certificates: path.join(files.volatile, 'certificates'),
  };
  const resolvConf = path.join(files.node, 'resolv.conf');
  await Promise.all([
    mkdir(directories.certificates, { recursive: true }),
    writeFile(path.join(files.node, 'tokens.csv'), tokensCsv(spec), { mode: 0o600 }),
    writeClientCertificates(files.node, 'front-proxy', frontProxyCertificates(Date.now())),
    writeClientCertificates(files.node, 'kubelet', kubeletClientCertificates(Date.now())),
    // pods with dnsPolicy Default get a resolver that answers nothing: the cluster reaches no outside network
    writeFile(resolvConf, 'nameserver 127.0.0.1\n'),
  ]);
  keepLogsShort(files.logs, note);
  const run = (line: Parameters<typeof keepRunning>[0]) => keepRunning(line, files.logs, note);
  run(etcdLine(spec, directories));
  const apiServer = awaitSocket(etcdSocket(directories)).then(async () => {
    await giveBase(files.base, etcdSocket(directories));
    run(apiServerLine(spec, directories));
  });

  await serveDialSocket(files.dialSocket);
  await serveGit(files.git, { host: ADDRESSES.nodeIp, port: ADDRESSES.gitPort }, note);
  const notEnforced: string[] = [];
  let saving: Promise<unknown> = Promise.resolve();
  await startCri({
    socketPath: files.criSocket,
    protoPath: spec.criProto,
    stateDirectory: path.join(files.volatile, 'containers'),
    bridge: ADDRESSES.bridge,
    podSubnet: ADDRESSES.podCidr,
    catalogue: createCatalogue(spec.catalogue),
    streamingProgram: spec.programs.criStreaming,
    refuseHostPath: (podUid, hostPath) =>
      refuseHostPath({ kubelet: kubeletDirectory(directories), hostPaths: HOST_PATHS }, podUid, hostPath),
    log: note,
    onNotEnforced(sentence) {
      notEnforced.push(sentence);
      const text = JSON.stringify(notEnforced, null, 2);
      // one write after the other: two at once would leave a mixture
      saving = saving.then(() => writeFileAtomic(path.join(files.node, 'not-enforced.json'), text)).catch(note);
    },
  });
  note('container runtime ready');

  await apiServer;
  const ca = await awaitCertificate(path.join(directories.certificates, 'apiserver.crt'));
  // the host sees this file, not the node's tmpfs; whole or not at all, since the supervisor takes it as soon as it is there
  await writeFileAtomic(path.join(files.node, 'ca.crt'), ca);
  const server = `https://127.0.0.1:${ADDRESSES.apiPort}`;
  const config = (file: string, token: string) =>
    writeFile(path.join(files.node, `${file}.kubeconfig`), kubeconfig(name, server, token, ca), { mode: 0o600 });
  await Promise.all([
    config('controller-manager', spec.tokens.controllerManager),
    config('scheduler', spec.tokens.scheduler),
    config('kubelet', spec.tokens.kubelet),
    config('kube-proxy', spec.tokens.kubeProxy),
    writeFile(
      path.join(files.node, 'kubelet.json'),
      JSON.stringify(
        kubeletConfiguration(spec, {
          criSocket: files.criSocket,
          podLogs: path.join(files.logs, 'pods'),
          resolvConf,
          clientAuthority: path.join(files.node, 'kubelet-ca.crt'),
        }),
      ),
    ),
    writeFile(path.join(files.node, 'kube-proxy.json'), JSON.stringify(kubeProxyConfiguration(directories))),
  ]);
  await awaitApiServer({ port: ADDRESSES.apiPort, ca, token: spec.tokens.admin });
  for (const line of [controllerManagerLine, schedulerLine, kubeletLine]) run(line(spec, directories));
  run(kubeProxyLine(spec, directories));
  note('node programs started');
}

// the supervisor holds the other end of stdin: its death, however sudden, is the node's
process.stdin
  .on('end', () => process.exit(0))
  .on('error', () => process.exit(0))
  .resume();
process.on('SIGTERM', () => process.exit(0));
const [stateRoot, name, runtimeRoot] = process.argv.slice(2);
if (stateRoot === undefined || name === undefined || runtimeRoot === undefined)
  throw new TypeError('usage: node-init STATE_ROOT NAME RUNTIME_ROOT');
await main(stateRoot, name, runtimeRoot);

/** A cluster that begins without it is slower, and the same. */
async function giveBase(file: string, socket: string): Promise<void> {
  try {
    const entries = JSON.parse(await readFile(file, 'utf8')) as { readonly key: string; readonly value: string }[];
    await Promise.all(entries.map(({ key, value }) => put(socket, { key, value: Buffer.from(value) })));
    note(`${entries.length} kept definitions given to etcd`);
  } catch (error) {
    note(`no kept definitions: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Where apiServerLine looks for them. */
async function writeClientCertificates(
  directory: string,
  what: 'front-proxy' | 'kubelet',
  { authority, certificate, key }: ClientCertificates,
): Promise<void> {
  await Promise.all([
    writeFile(path.join(directory, `${what}-ca.crt`), authority),
    writeFile(path.join(directory, `${what}-client.crt`), certificate),
    writeFile(path.join(directory, `${what}-client.key`), key, { mode: 0o600 }),
  ]);
}
