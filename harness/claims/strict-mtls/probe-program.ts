/**
 * `probe-program.ts ORDERS_JSON`: asks ports from inside another network namespace and prints what it found, a line for
 * each, in their order.
 */
import { probePort } from './probe-port.ts';

export interface ProbeOrders {
  readonly rootPem: string;
  readonly timeoutMs: number;
  readonly targets: readonly { readonly host: string; readonly port: number }[];
}

const { rootPem, timeoutMs, targets } = JSON.parse(process.argv[2] ?? '{}') as ProbeOrders;
for (const found of await Promise.all(targets.map(({ host, port }) => probePort(host, port, rootPem, timeoutMs))))
  process.stdout.write(`${JSON.stringify(found)}\n`);
