/**
 * A stand-in for k6 in tests: `node fake-k6.ts <behaviour> <k6> run --console-output=PIPE ... SCRIPT`.
 * Writes evidence, log and progress like k6, and misbehaves in the way that is asked for.
 */
import { openSync, writeSync } from 'node:fs';
import { exit, kill, pid } from 'node:process';

const behaviour = process.argv[2] ?? '';
const pipeFile = process.argv.find((word) => word.startsWith('--console-output='))?.slice('--console-output='.length);
const evidence = openSync(pipeFile ?? '', 'w');
const START_MS = 1_800_000_000_000;

const write = (text: string): number => writeSync(evidence, text);
const line = (sequence: number, identity = '=v1'): string =>
  `cp1 ${sequence} ${START_MS + sequence} 1500 200 0 1 ${identity} .\n`;
const lines = (from: number, to: number): void => {
  for (let sequence = from; sequence < to; sequence += 1) write(line(sequence));
};
const summary = (iterations: number, dropped = 0): void => {
  const counts = { httpRequests: iterations, iterations, droppedIterations: dropped, vusMax: 3, vusAllocated: 10 };
  write(`cp1-summary ${JSON.stringify(counts)}\n`);
};
const progress = (complete: number, interrupted: number): void =>
  console.log(`running (01.0s), 00/10 VUs, ${complete} complete and ${interrupted} interrupted iterations\nbar`);
const sound = (complete: number, interrupted = 0, dropped = 0): void => {
  summary(complete, dropped);
  progress(complete, interrupted);
};
/** Requests at a steady pace until an interrupt; then `inFlight` of them never finish. */
const untilInterrupt = (inFlight: number): void => {
  let sequence = 0;
  const timer = setInterval(() => write(line(sequence++)), 2);
  process.on('SIGINT', () => {
    clearInterval(timer);
    // Two more finish after the order to stop.
    lines(sequence, sequence + 2);
    sound(sequence + 2, inFlight);
    exit(105);
  });
};

const BEHAVIOURS: Readonly<Record<string, () => void>> = {
  sound() {
    lines(0, 500);
    sound(500, 0, 7);
  },
  floods() {
    lines(0, 50_000);
    sound(50_000);
  },
  'until-interrupt': () => untilInterrupt(3),
  'ignores-interrupt'() {
    process.on('SIGINT', () => undefined);
    setInterval(() => undefined, 1000);
    lines(0, 5);
  },
  'dies-midway'() {
    console.error('something is wrong');
    lines(0, 40);
    write('cp1 40 18000');
    kill(pid, 'SIGKILL');
  },
  'cuts-the-last-line'() {
    lines(0, 10);
    sound(11);
    write('cp1 10 1800000000010 15');
  },
  'writes-nonsense'() {
    lines(0, 10);
    write('cp1 ten 1 1 200 0 1 =v1 .\n');
    write('time="now" level=info msg="not evidence"\n');
    write(`cp1 11 1800000000011 1 200 0 1 =${'x'.repeat(70_000)} .\n`);
    write(line(12, '!'));
    write(line(9));
    sound(14);
  },
  'floods-its-log'() {
    for (let time = 0; time < 5000; time += 1) console.error('Request Failed');
    console.error('Insufficient VUs');
    lines(0, 3);
    sound(3);
  },
  'forgets-its-books': () => lines(0, 3),
  'refuses-its-settings'() {
    console.error('there were problems with the specified script configuration');
    process.exitCode = 104;
  },
  'is-interrupted-by-others'() {
    lines(0, 3);
    sound(3);
    process.exitCode = 105;
  },
};

write('cp1-options {"scenarios":{}}\n');
const run = BEHAVIOURS[behaviour];
if (run === undefined) throw new TypeError(`fake-k6 knows no behaviour '${behaviour}'`);
run();
