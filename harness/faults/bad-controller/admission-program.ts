/**
 * The webhook: `admission-program.ts`, with its orders and its key as lines of stdin, runs where the API server reaches it
 * for as long as its stdin is open. It prints a line when it listens, one for each write, and one when something is due.
 */
import { createServer } from 'node:https';
import type { DeclaredRollout } from '../../rollouts/rollout-object.ts';
import { readReview, reviewAnswer } from './admission-review.ts';
import { badController, type Misbehaviour } from './misbehaviour.ts';

export interface AdmissionOrders {
  readonly address: string;
  readonly path: string;
  readonly certificate: string;
  readonly key: string;
  readonly misbehaviour: Misbehaviour;
  readonly rollout: DeclaredRollout;
  /** Only writes of users whose name begins so are changed. */
  readonly controllerUser: string;
}

export type AdmissionLine =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'write'; readonly user: string; readonly changed: boolean }
  | { readonly kind: 'due'; readonly restore?: unknown };

const MOST_BYTES = 1_048_576;

const say = (line: AdmissionLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

function main(orders: AdmissionOrders): void {
  const decide = badController(orders.misbehaviour, orders.rollout);
  const server = createServer({ cert: orders.certificate, key: orders.key }, async (request, response) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      if (request.url?.split('?')[0] !== orders.path) throw new TypeError('another path');
      for await (const part of request as AsyncIterable<Buffer>) {
        bytes += part.length;
        if (bytes > MOST_BYTES) throw new TypeError('too long');
        parts.push(part);
      }
      const review = readReview(Buffer.concat(parts).toString('utf8'));
      const user = review.userInfo?.username ?? '';
      const isTheirs = user.startsWith(orders.controllerUser) && review.name === orders.rollout.virtualService;
      const answer = isTheirs ? decide(review.oldObject, review.object, Date.now()) : { routes: undefined };
      say({ kind: 'write', user, changed: answer.routes !== undefined });
      if ('later' in answer && answer.later) {
        const { afterMs, ...what } = answer.later;
        setTimeout(() => say({ kind: 'due', ...what }), afterMs);
      }
      response.setHeader('content-type', 'application/json').end(reviewAnswer(review, answer.routes));
    } catch {
      response.writeHead(400, { connection: 'close' }).end();
    }
  });
  server.on('error', ({ message }) => {
    say({ kind: 'failed', why: message });
    process.exitCode = 1;
  });
  server.listen(0, orders.address, () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') say({ kind: 'listening', port: address.port });
  });
}

// the key is a secret of this run: not among the arguments, which every user of the machine can read
let text = '';
let isStarted = false;
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  text += chunk;
  if (isStarted || !text.includes('\n')) return;
  isStarted = true;
  main(JSON.parse(text.slice(0, text.indexOf('\n'))) as AdmissionOrders);
});
// whoever started it is gone
process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
