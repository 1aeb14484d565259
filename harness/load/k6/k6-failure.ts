/** What k6's exit codes mean for a run (k6 2.2.0, errext/exitcodes/codes.go). None of them is passed through. */
import { environmentError, type HarnessError, usageError } from '../../errors/harness-error.ts';
import type { ProgramEnd } from './start-program.ts';

const NAMES: Readonly<Record<number, string>> = {
  97: 'a cloud run failed',
  98: 'no progress from the cloud',
  99: 'a threshold was crossed',
  102: 'a time-out',
  103: 'it was stopped through its REST API',
  106: 'its REST API did not start',
  108: 'the script aborted the test',
  109: 'k6 panicked',
  110: 'the script marked the test as failed',
};
const INTERRUPTED = 105;
/** What harness/load/in-cluster says where it could not run k6; k6 itself never ends with 1. */
const IN_CLUSTER = /^(LOAD_JOB_[A-Z_]+|K6_OPERATOR_[A-Z_]+|TEST_RUN_REFUSED|SCRIPT_TOO_LONG): (.*)(?:\nhint: (.*))?$/m;

export interface EndedRun {
  readonly end: ProgramEnd;
  /** The harness itself interrupted k6. */
  readonly stoppedByUs: boolean;
  readonly k6Path: string;
  readonly logFile: string;
  readonly logTail: string;
}

/** Undefined when the run ended as it should. */
export function k6Failure(run: EndedRun): HarnessError | undefined {
  const { exitCode, signal, startError } = run.end;
  if (exitCode === 0 || (exitCode === INTERRUPTED && run.stoppedByUs)) return undefined;
  const tail = run.logTail === '' ? '' : `\n${run.logTail}`;
  const where = { where: run.logFile };
  if (startError !== undefined)
    return environmentError('K6_NOT_STARTED', `k6 did not start: ${startError}`, {
      where: run.k6Path,
      hint: 'Check the path of k6 with `canaryproof doctor`.',
    });
  const inCluster = IN_CLUSTER.exec(run.logTail);
  if (exitCode === 1 && inCluster?.[1] !== undefined)
    return environmentError(inCluster[1], inCluster[2] ?? '', { ...where, hint: inCluster[3] ?? '' });
  switch (exitCode) {
    case undefined:
      return environmentError('LOAD_GENERATOR_DIED', `k6 was ended by ${signal} in the middle of a run${tail}`, {
        ...where,
        hint: 'Something outside killed it (out of memory?); run again.',
      });
    case 104:
      return usageError('K6_CONFIG_REJECTED', `k6 refused the load settings${tail}`, where);
    case 107:
      return usageError('K6_SCRIPT_FAILED', `the scenario failed in k6${tail}`, where);
    case 100:
    case 101:
      return environmentError('K6_SETUP_TIMEOUT', `k6 did not get through set-up or teardown in time${tail}`, where);
    case INTERRUPTED:
      return environmentError('LOAD_GENERATOR_INTERRUPTED', `somebody else interrupted k6${tail}`, where);
    default:
      return environmentError('K6_FAILED', `k6 failed: ${NAMES[exitCode] ?? `exit code ${exitCode}`}${tail}`, where);
  }
}
