/** Starts the webhook of a bad controller where the API server reaches it, and hands over its lines. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { environmentError } from '../../errors/harness-error.ts';
import type { AdmissionLine, AdmissionOrders } from './admission-program.ts';

const PROGRAM = fileURLToPath(new URL('./admission-program.ts', import.meta.url));
const START_MS = 15_000;

export interface RunningWebhook extends AsyncDisposable {
  readonly port: number;
}

/**
 * @param argvPrefix enters the network in which the API server reaches `orders.address`
 * @throws HarnessError FAULT_WEBHOOK_FAILED
 */
export async function runWebhook(
  argvPrefix: readonly string[],
  orders: AdmissionOrders,
  onLine: (line: AdmissionLine) => void,
): Promise<RunningWebhook> {
  const [file = process.execPath, ...args] = [...argvPrefix, process.execPath, PROGRAM];
  const child = execa(file, args, { reject: false, buffer: false, stdin: 'pipe', stderr: 'pipe' });
  const listening = Promise.withResolvers<number>();
  const refuse = (why: string) =>
    listening.reject(
      environmentError('FAULT_WEBHOOK_FAILED', `the webhook of the fault did not start: ${why}`, {
        where: orders.address,
      }),
    );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000);
  });
  const reading = (async () => {
    try {
      for await (const text of child.iterable({ from: 'stdout' })) {
        const line = parseLine(String(text));
        if (line?.kind === 'listening') listening.resolve(line.port);
        else if (line?.kind === 'failed') refuse(line.why);
        if (line) onLine(line);
      }
    } catch {
      // the program's end says more
    }
    const { exitCode, signal } = await child;
    refuse(said.trim() || `it ended with ${signal ?? exitCode ?? 'no exit code'}`);
  })();
  const end = async () => {
    child.stdin.end();
    const force = setTimeout(() => child.kill('SIGKILL'), 1_000);
    await reading;
    clearTimeout(force);
  };
  const timer = setTimeout(() => refuse('it said nothing in time'), START_MS);
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(orders)}\n`);
  try {
    return { port: await listening.promise, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A line that was cut off by the end of the program is dropped. */
function parseLine(text: string): AdmissionLine | undefined {
  try {
    return JSON.parse(text) as AdmissionLine;
  } catch {
    return undefined;
  }
}
