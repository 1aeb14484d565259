/**
 * A program in the place of k6: `node evidence-flood.ts REQUESTS RATE START_MS ... --console-output=PIPE ...` writes the
 * evidence of so many requests as fast as the harness takes it, stamped as if they had been sent at that rate. Nine of ten go to v1,
 * each drawn by itself; v2 is slower and so comes out of order. Does not stop early.
 */
import { openSync, writeSync } from 'node:fs';
import { createCoin } from '../stats/calibration-study.ts';

const [requests, rate, startMs] = process.argv.slice(2, 5).map(Number);
const pipe = process.argv.find((word) => word.startsWith('--console-output='))?.split('=')[1];
if (!requests || !rate || !startMs || pipe === undefined)
  throw new TypeError('usage: evidence-flood.ts REQUESTS RATE START_MS --console-output=PIPE');
process.on('SIGINT', () => undefined);

const BLOCK_BYTES = 65_536;
/** The canary answers after so many others. */
const CANARY_BEHIND = 8;
const evidence = openSync(pipe, 'w');
let block = '';
const write = (line: string): void => {
  block += line;
  if (block.length < BLOCK_BYTES) return;
  writeAll(block);
  block = '';
};
const coin = createCoin(1);
const late: { readonly due: number; readonly line: string }[] = [];
write('cp1-options {"scenarios":{}}\n');
for (let sequence = 0; sequence < requests; sequence += 1) {
  const at = startMs + Math.floor((sequence / rate) * 1000);
  const head = `cp1 ${sequence} ${at}`;
  const tail = `200 0 ${1 + (sequence % 350)}`;
  if (coin.hit(0.1)) late.push({ due: sequence + CANARY_BEHIND, line: `${head} 5200 ${tail} =reviews%3Bv2 .\n` });
  else write(`${head} 1${sequence % 1000} ${tail} =reviews%3Bv1 .\n`);
  while (late[0] !== undefined && late[0].due <= sequence) write(late.shift()!.line);
}
for (const { line } of late) write(line);
const counts = { httpRequests: requests, iterations: requests, droppedIterations: 0, vusMax: 9, vusAllocated: 350 };
write(`cp1-summary ${JSON.stringify(counts)}\n`);
writeAll(block);
console.log(`running (00.0s), 000/350 VUs, ${requests} complete and 0 interrupted iterations`);

/** Waits where the pipe is full. */
function writeAll(text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  for (let written = 0; written < bytes.length; ) written += writeSync(evidence, bytes, written);
}
process.exit(0);
