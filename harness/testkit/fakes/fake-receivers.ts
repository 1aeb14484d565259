/** Stand-ins that are told how to behave and count what reaches them, without a process: for `vi.mock` of runProgram. */
import type { RunResult } from '../../process/run-program.ts';

export interface FakeReceivers {
  /** As they were told last. */
  behaviour: Readonly<Record<string, unknown>>;
  /** Since then; whoever plays the load adds to them. */
  requests: number;
  mostInFlight: number;
  /** Every behaviour that they were told, in order. */
  readonly told: readonly string[];
  /** Another process takes their place, as after a restart. */
  restart(): void;
  run(argv: readonly string[]): Promise<RunResult>;
}

/** @param otherwise programs that are no question to a stand-in */
export function createFakeReceivers(
  otherwise: (argv: readonly string[]) => string = () => {
    throw new TypeError('only stand-ins are asked');
  },
): FakeReceivers {
  const told: string[] = [];
  let changedAtMs = 1;
  const receivers: FakeReceivers = {
    behaviour: {},
    requests: 0,
    mostInFlight: 0,
    told,
    restart() {
      changedAtMs += 1_000;
    },
    async run(argv) {
      const said = (stdout: string): RunResult => ({ stdout, stderr: '', exitCode: 0, durationMs: 1 });
      const at = argv.findIndex((word) => word.endsWith('/-/behaviour'));
      if (at < 0) return said(otherwise(argv));
      const body = argv[at + 1] ?? '';
      if (body !== '') {
        told.push(body);
        receivers.behaviour = JSON.parse(body) as Record<string, unknown>;
        receivers.requests = receivers.mostInFlight = 0;
      }
      const { requests, mostInFlight } = receivers;
      return said(`${JSON.stringify({ changedAtMs, requests, mostInFlight })}\n`);
    },
  };
  return receivers;
}
