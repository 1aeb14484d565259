/** One parser in a thread of its own: what does not come back is ended from outside, and its text is still known. */
import { parentPort, workerData } from 'node:worker_threads';
import { type CaseMemory, openMemory } from './case-memory.ts';
import { runTarget } from './run-target.ts';
import { TARGETS } from './targets.ts';

interface Orders {
  readonly name: string;
  readonly cases: number;
  readonly seed: number;
  readonly memory: CaseMemory;
}

const { name, cases, seed, memory } = workerData as Orders;
const target = TARGETS.find((one) => one.name === name);
if (target === undefined) throw new TypeError(`no target ${name}`);
// libraries warn of odd documents, each time
process.removeAllListeners('warning');
const { begin } = openMemory(memory);
parentPort?.postMessage(runTarget(target, cases, seed, begin));
