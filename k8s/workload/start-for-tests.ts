/** Starts the service on a free port of the loopback address, for tests only. */
import { onTestFinished } from 'vitest';
import { readSettings } from './settings.ts';
import { type RunningWorkload, startWorkload } from './workload.ts';

export interface Started extends RunningWorkload {
  readonly origin: string;
}

/** Stops by itself when the test ends. @param environment added to a nameless default of reviews v3. */
export async function startForTest(environment: Readonly<Record<string, string>> = {}): Promise<Started> {
  const named = { SERVICE: 'reviews', VERSION: 'v3', POD_NAME: 'pod-0', PORT: '0', LISTEN_ADDRESS: '127.0.0.1' };
  const workload = await startWorkload(readSettings({ ...named, ...environment }, 'unused'));
  onTestFinished(async () => void (await workload.stop(0, 0)));
  return { ...workload, origin: `http://127.0.0.1:${workload.port}` };
}

export async function setBehaviour({ origin }: Started, document: unknown): Promise<Response> {
  return fetch(`${origin}/-/behaviour`, { method: 'POST', body: JSON.stringify(document) });
}
