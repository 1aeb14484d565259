/** Who the receiver was told that its client is: the identity that mutual TLS proved to the receiver's proxy. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { TrafficPath } from '../../documents/references.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { runProgram } from '../../process/run-program.ts';
import type { Scene } from '../../scene/scene.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';

/** Asks once and prints the body; runs in the client pod's network namespace. */
const ASK = [
  "import http from 'node:http';",
  'const [url, address] = process.argv.slice(1);',
  'const { hostname, host, port, pathname, search } = new URL(url);',
  'const asked = { host: address || hostname, port, path: pathname + search, headers: { Host: host }, timeout: 5000 };',
  'http.get(asked, (answer) => answer.pipe(process.stdout)).on("timeout", function () { this.destroy(); });',
].join('\n');

export interface ClientIdentity {
  /** Of the client's account, as a SPIFFE id. */
  readonly expected: string;
  /** What the stand-in says of its header x-forwarded-client-cert; undefined: it got none. */
  readonly seen: string | undefined;
}

/** SPIFFE id of the account that a pod runs as. */
export function spiffeId(trustDomain: string, { metadata: { namespace }, spec }: KubeObject): string {
  const { serviceAccountName = 'default' } = (spec ?? {}) as { serviceAccountName?: string };
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccountName}`;
}

/** @throws HarnessError RECEIVER_UNREADABLE (exit 3) when whoever answered is no stand-in */
export async function askClientIdentity(path: TrafficPath, trustDomain: string, scene: Scene): Promise<ClientIdentity> {
  if (path.kind !== 'mesh') throw new TypeError('only paths inside the mesh have a client in it');
  const { argvPrefix, request } = await placeLoad({ ...scene, ratePerSecond: undefined }, 'identity', path, 0);
  const [program = process.execPath, ...args] = [
    ...argvPrefix,
    ...[process.execPath, '--input-type=module', '-e', ASK],
    ...[request.url, request.hosts[path.service] ?? ''],
  ];
  const { stdout } = await runProgram([program, ...args], { timeoutMs: 15_000, signal: scene.signal }).catch(
    (error: unknown) => {
      scene.signal.throwIfAborted();
      throw error;
    },
  );
  const selector = Object.entries(path.from)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const pods = { apiVersion: 'v1', resource: 'pods', namespace: path.namespace } as const;
  const [client] = await scene.client.list(pods, selector);
  const account = { metadata: { name: '', namespace: path.namespace }, spec: client?.spec ?? {} };
  return { expected: spiffeId(trustDomain, account), seen: forwardedOf(stdout, path.service) };
}

function forwardedOf(body: string, service: string): string | undefined {
  try {
    const { forwardedClientCert } = JSON.parse(body) as { forwardedClientCert?: unknown };
    return typeof forwardedClientCert === 'string' ? forwardedClientCert : undefined;
  } catch (cause) {
    throw environmentError('RECEIVER_UNREADABLE', `${service} answered a client inside the mesh with no JSON`, {
      where: service,
      hint: `Only the stand-in workload says which certificate its client showed; it said ${JSON.stringify(body.slice(0, 100))}.`,
      cause,
    });
  }
}

/** Whether the proxy's header names that client. Pure. */
export function namesClient({ expected, seen = '' }: ClientIdentity): boolean {
  // elements are separated by commas, pairs by semicolons; the last element is the nearest proxy's
  const nearest = seen.split(',').at(-1) ?? '';
  return nearest.split(';').includes(`URI=${expected}`);
}
