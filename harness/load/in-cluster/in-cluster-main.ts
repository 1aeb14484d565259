/**
 * `in-cluster-main.ts ORDERS PROGRAM ARGS...`: stands in front of a program that belongs into a pod's network, where
 * that network cannot be entered from this machine. k6 becomes a Job beside the pod; any other program runs here, with
 * the pod's loopback ports forwarded.
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { createClusterClient } from '../../../k8s/client/cluster-client.ts';
import { followLog } from '../../../k8s/client/follow-log.ts';
import { createOwnedClient } from '../../../k8s/client/owned-client.ts';
import { ownerLabels } from '../../../k8s/client/ownership.ts';
import { forwardToPod } from '../../../k8s/client/port-forward.ts';
import { HarnessError } from '../../errors/harness-error.ts';
import { LOAD_LIMIT_VARIABLE, LOAD_SHARED_VARIABLE } from '../k6/k6-command.ts';
import { runK6InCluster } from './in-cluster-k6.ts';
import { K6_CONTAINER } from './k6-job.ts';
import { loopbackPorts, withForwardedPorts } from './pod-loopback.ts';

const ordersSchema = z.strictObject({
  kubeconfig: z.string(),
  /** Where a Job is made. */
  namespace: z.string(),
  /** The pod to stand in for; undefined: a client outside the mesh. */
  pod: z.string().optional(),
  image: z.string(),
  /** On a cluster that others use too: nothing but what is ours is changed. */
  owner: z.strictObject({ cluster: z.string(), installation: z.string(), expiresAt: z.number() }).optional(),
  /** More than one needs the k6-operator. */
  runners: z.int().min(1),
});
export type InClusterOrders = z.infer<typeof ordersSchema>;

/** Of a load that nobody limited. */
const LONGEST_MS = 3_600_000;

async function main(text: string, argv: readonly string[]): Promise<number> {
  const orders = ordersSchema.parse(JSON.parse(text));
  return path.basename(argv[0] ?? '') === 'k6' ? runK6(orders, argv) : runBeside(orders, argv);
}

async function runK6(orders: InClusterOrders, argv: readonly string[]): Promise<number> {
  const { kubeconfig, namespace, pod, image, owner, runners } = orders;
  const pipe = argv.find((word) => word.startsWith('--console-output='))?.slice('--console-output='.length);
  const evidence = createWriteStream(pipe ?? '/dev/stdout');
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => abort.abort());
  // nobody listens any more: the load ends, and its Job with it
  const streams: readonly NodeJS.WritableStream[] = [process.stdout, process.stderr, evidence];
  for (const stream of streams) stream.on('error', () => abort.abort());
  const limitMs = Number(process.env[LOAD_LIMIT_VARIABLE] ?? LONGEST_MS);
  const sharedBy = process.env[LOAD_SHARED_VARIABLE];
  const exitCode = await runK6InCluster(
    {
      ...{ namespace, meshed: pod !== undefined, image },
      runners: sharedBy === undefined ? runners : Number(sharedBy),
      isShared: sharedBy !== undefined,
      script: await readFile(argv.at(-1) ?? '', 'utf8'),
      labels: owner === undefined ? {} : ownerLabels(owner),
      deadlineSeconds: Math.ceil(limitMs / 1000),
      // only what profiles declare is asked from inside a cluster: nothing here is secret
      environment: { CANARYPROOF_TARGET: process.env.CANARYPROOF_TARGET ?? '' },
    },
    {
      client:
        owner === undefined
          ? createClusterClient(kubeconfig)
          : createOwnedClient(kubeconfig, { owner, mayShare: () => false }),
      follow: (name, onBytes, signal) =>
        followLog(kubeconfig, { namespace, pod: name, container: K6_CONTAINER }, onBytes, signal),
      evidence: (line) => void evidence.write(`${line}\n`),
      progress: (line) => void process.stdout.write(`${line}\n`),
      log: (line) => void process.stderr.write(`${line}\n`),
      now: Date.now,
    },
    abort.signal,
  );
  await new Promise<void>((resolve) => evidence.end(resolve));
  return exitCode;
}

async function runBeside({ kubeconfig, namespace, pod }: InClusterOrders, argv: readonly string[]): Promise<number> {
  if (pod === undefined) return runInherited(argv);
  const forwarded = await Promise.all(
    loopbackPorts(argv).map(async (port) => {
      const { url } = await forwardToPod(kubeconfig, { namespace, pod, port });
      return [port, Number(new URL(url).port)] as const;
    }),
  );
  return runInherited(withForwardedPorts(argv, new Map(forwarded)));
}

/** Resolves with the program's exit code, 1 when it was ended by a signal. */
function runInherited(argv: readonly string[]): Promise<number> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: 'inherit' });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** One line each, as harness/load/k6/k6-failure.ts reads them. */
function told({ code, message, hint }: HarnessError): string {
  const line = (text: string) => text.replaceAll('\n', ' ');
  return `${code}: ${line(message)}${hint === undefined ? '' : `\nhint: ${line(hint)}`}`;
}

if (import.meta.main) {
  const [orders, ...argv] = process.argv.slice(2);
  if (orders === undefined) throw new TypeError('usage: in-cluster-main ORDERS PROGRAM ARGS...');
  const exitCode = await main(orders, argv).catch((error: unknown) => {
    process.stderr.write(`${error instanceof HarnessError ? told(error) : String(error)}\n`);
    return 1;
  });
  // forwarded connections of a program that has ended must not hold us
  process.exit(exitCode);
}
