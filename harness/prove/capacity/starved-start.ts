/** Starts k6 and keeps taking the processor away from it: a generator that is late through no fault of the subject. */
import { kill } from 'node:process';
import { type StartProgram, startProgram } from '../../load/k6/start-program.ts';

/** Far beyond any lateness that a trial may have, and as often as it takes to be in every second of it. */
const HALF_PERIOD_MS = 100;

export const starvedStart: StartProgram = (argv, environment) => {
  const program = startProgram(argv, environment);
  const { pid } = program;
  if (pid === undefined) return program;
  let stopped = false;
  const turns = setInterval(() => {
    stopped = !stopped;
    try {
      kill(pid, stopped ? 'SIGSTOP' : 'SIGCONT');
    } catch {
      // it has just ended
    }
  }, HALF_PERIOD_MS);
  void program.ended.then(() => clearInterval(turns));
  return program;
};
