/** A thread that simulates the batches which it is sent. */
import { parentPort } from 'node:worker_threads';
import { type Batch, createBatchRunner } from '../simulation/batches.ts';

const run = createBatchRunner();
parentPort?.on('message', ({ index, batch }: { readonly index: number; readonly batch: Batch }) => {
  parentPort?.postMessage({ index, tally: run(batch) });
});
