/** For integration tests: an etcd and an API server as the local cluster runs them, on loopback, without a node. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { kubeconfig, tokensCsv } from '../../clusters/local/control-plane/program-files.ts';
import {
  apiServerLine,
  controllerManagerLine,
  etcdLine,
  etcdSocket,
  type NodeDirectories,
  type ProgramLine,
} from '../../clusters/local/control-plane/program-lines.ts';
import { frontProxyCertificates, kubeletClientCertificates } from '../../clusters/local/front-proxy-certificates.ts';
import { keepRunning } from '../../clusters/local/managed-program.ts';
import type { NodeSpec } from '../../clusters/local/node-spec.ts';
import { awaitApiServer, awaitCertificate, awaitSocket } from '../../clusters/local/start/await-server.ts';
import { programFrom } from '../bench/child-program.ts';
import { removeOwnTree } from '../process/remove-own-tree.ts';

export interface ControlPlane extends AsyncDisposable {
  readonly kubeconfig: string;
  readonly folder: string;
}

/** A certificate of a server that listens on loopback alone is not made out to `localhost`. */
const OWN_NAME = 'kubernetes';
/** Against hanging: an API server on a busy machine was seen to take 80 s. */
const LIMIT_MS = 300_000;

export interface ControlPlaneOptions {
  /** With a controller manager, which makes service accounts and takes what lies in deleted namespaces away. */
  readonly controllers?: boolean;
}

/** @returns when the API server is ready */
export async function startControlPlane({ controllers = false }: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cp-alone-'));
  const directories: NodeDirectories = {
    ...{ state: folder, config: path.join(folder, 'node'), certificates: path.join(folder, 'certificates') },
  };
  const logs = path.join(folder, 'logs');
  for (const each of [directories.config, directories.certificates, logs]) await mkdir(each);
  const token = randomBytes(24).toString('hex');
  const tokens = { admin: token, controllerManager: `${token}k`, scheduler: 's', kubelet: 'l', kubeProxy: 'p' };
  const none = '/nowhere';
  const spec: NodeSpec = {
    ...{ hash: '', name: 'alone', rootless: false, criProto: none, catalogue: [], components: [], tokens },
    programs: {
      etcd: await programFrom('CANARYPROOF_ETCD', 'etcd'),
      kubeApiserver: await programFrom('CANARYPROOF_KUBE_APISERVER', 'kube-apiserver', 'kubernetes'),
      kubeControllerManager: controllers
        ? await programFrom('CANARYPROOF_KUBE_CONTROLLER_MANAGER', 'kube-controller-manager', 'kubernetes')
        : none,
      ...{ kubeScheduler: none, kubelet: none, kubeProxy: none, criStreaming: none },
    },
  };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const write = (name: string, text: string) => writeFile(path.join(directories.config, name), text, { mode: 0o600 });
  await write('service-account.key', privateKey.export({ type: 'sec1', format: 'pem' }).toString());
  await write('tokens.csv', tokensCsv(spec));
  for (const [what, made] of [
    ['front-proxy', frontProxyCertificates(Date.now())],
    ['kubelet', kubeletClientCertificates(Date.now())],
  ] as const) {
    await write(`${what}-ca.crt`, made.authority);
    await write(`${what}-client.crt`, made.certificate);
    await write(`${what}-client.key`, made.key);
  }
  const port = await freePort();
  const run = (line: ProgramLine) => keepRunning(line, logs, () => undefined);
  const programs = [run(etcdLine(spec, directories))];
  const dispose = async () => {
    for (const program of programs.reverse()) await program.stop();
    await removeOwnTree(folder);
  };
  try {
    await awaitSocket(etcdSocket(directories), AbortSignal.timeout(LIMIT_MS));
    programs.push(run(onLoopback(apiServerLine(spec, directories), port)));
    const limit = AbortSignal.timeout(LIMIT_MS);
    const authority = await awaitCertificate(path.join(directories.certificates, 'apiserver.crt'), limit);
    const file = path.join(folder, 'kubeconfig');
    const server = `https://127.0.0.1:${port}`;
    const configOf = (who: string) =>
      kubeconfig('alone', server, who, authority).replace('"localhost"', `"${OWN_NAME}"`);
    await writeFile(file, configOf(token), { mode: 0o600 });
    await awaitApiServer({ port, ca: authority, token, name: OWN_NAME }, limit);
    if (controllers) {
      await write('controller-manager.kubeconfig', configOf(tokens.controllerManager));
      const line = controllerManagerLine(spec, directories);
      // several side by side
      programs.push(run({ ...line, argv: [...line.argv, '--secure-port=0'] }));
    }
    return { kubeconfig: file, folder, [Symbol.asyncDispose]: dispose };
  } catch (cause) {
    const texts = await Promise.all((await readdir(logs)).map((name) => readFile(path.join(logs, name), 'utf8')));
    await dispose();
    throw new Error(`no control plane:\n${texts.map((text) => text.slice(-2_000)).join('\n')}`, { cause });
  }
}

/** Every flag but where it listens is that of a node. */
function onLoopback(line: ProgramLine, port: number): ProgramLine {
  const [program, ...flags] = line.argv;
  const own = { '--secure-port': `${port}`, '--bind-address': '127.0.0.1', '--advertise-address': '127.0.0.1' };
  const kept = flags.filter((flag) => !Object.keys(own).includes(flag.split('=')[0] ?? ''));
  return { ...line, argv: [program, ...kept, ...Object.entries(own).map(([name, value]) => `${name}=${value}`)] };
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
