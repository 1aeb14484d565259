/**
 * The witnesses of the environment's health, once a second beside everything that a run does: a control request through
 * the gateway, one that the gateway answers by itself, the pressure on the machine's processors, whether this very
 * process got its turn, and how many connections wait for the gateway to accept them. What they mean is said in
 * verdict/environment-health.ts.
 */
import { readFile } from 'node:fs/promises';

/** One second of the run. */
export interface EnvironmentSample {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly control: SampledRequest;
  /** Answered by the gateway itself: its own loop, without anything behind it. */
  readonly gateway: SampledRequest;
  /** This process was called so long after it had asked to be. */
  readonly lagMs: number;
  /** Share of the time since it was read last in which somebody waited for a processor; undefined where nobody says. */
  readonly cpuPressure: number | undefined;
  /** Connections that waited for the gateway to accept them; undefined where nobody can see them. */
  readonly acceptQueue: number | undefined;
}

export interface SampledRequest {
  readonly sentMs: number;
  readonly endMs: number | undefined;
  readonly status: number;
}

export interface EnvironmentPorts {
  /** Sends a request and gives its status; 0 when nobody answered in time. */
  ask(which: 'control' | 'gateway'): Promise<number>;
  now(): number;
  /** @throws when the run is over */
  pause(ms: number): Promise<void>;
  /** Microseconds since the machine started in which somebody waited for a processor. */
  stalledMicroseconds?(): Promise<number | undefined>;
  /** Connections that wait for the gateway to accept them. */
  acceptQueue?(): Promise<number | undefined>;
}

export interface EnvironmentWatch {
  readonly samples: readonly EnvironmentSample[];
  /** Ends with the run. */
  readonly done: Promise<void>;
}

/** @param onSample once both of its requests have ended */
export function watchEnvironment(
  {
    ask,
    now,
    pause,
    stalledMicroseconds = readCpuPressure,
    acceptQueue: queueNow = async () => undefined,
  }: EnvironmentPorts,
  { periodMs, signal }: { readonly periodMs: number; readonly signal: AbortSignal },
  onSample: (sample: EnvironmentSample) => void,
): EnvironmentWatch {
  const samples: EnvironmentSample[] = [];
  // open-loop: one that is not answered holds up none of those after it
  const send = (which: 'control' | 'gateway') => {
    const sample = { sentMs: now(), endMs: undefined as number | undefined, status: 0 };
    const ended = ask(which).then((status) => {
      // a request that ended because the run did tells nothing
      if (signal.aborted) return;
      sample.status = status;
      sample.endMs = now();
    });
    return { sample, ended };
  };
  let before: { readonly atMs: number; readonly stalledUs: number } | undefined;
  /** Files are read by threads that others keep busy, too: on a machine under stress for seconds. */
  const look = async (sample: { atMs: number; cpuPressure?: number | undefined; acceptQueue?: number | undefined }) => {
    const [stalledUs, waiting] = await Promise.all([stalledMicroseconds(), queueNow()]);
    const atMs = now();
    sample.acceptQueue = waiting;
    if (before && stalledUs !== undefined && atMs > before.atMs)
      sample.cpuPressure = Math.min(1, Math.max(0, (stalledUs - before.stalledUs) / 1_000 / (atMs - before.atMs)));
    if (stalledUs !== undefined) before = { atMs, stalledUs };
  };
  const run = async () => {
    let dueMs = now();
    let looking: Promise<void> | undefined;
    while (!signal.aborted) {
      const atMs = now();
      const [control, gateway] = [send('control'), send('gateway')];
      const sample = {
        atMs,
        ...{ control: control.sample, gateway: gateway.sample, lagMs: atMs - dueMs },
        cpuPressure: undefined,
        acceptQueue: undefined,
      };
      samples.push(sample);
      // one look at a time: what a slow one misses stays unknown, and no control waits for it
      let own: Promise<void> | undefined;
      if (!looking) {
        own = look(sample).finally(() => {
          looking = undefined;
        });
        looking = own;
      }
      Promise.all([control.ended, gateway.ended, own]).then(
        () => onSample(sample),
        () => onSample(sample),
      );
      dueMs = Math.max(dueMs + periodMs, now());
      await pause(Math.max(0, dueMs - now()));
    }
  };
  return {
    samples,
    done: run().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
  };
}

/** The kernel's pressure stall information of the whole machine; undefined where it has none. */
async function readCpuPressure(): Promise<number | undefined> {
  const text = await readFile('/proc/pressure/cpu', 'utf8').catch(() => '');
  const [, total] = /^some .*\btotal=(\d+)/m.exec(text) ?? [];
  return total === undefined ? undefined : Number(total);
}
