/** Starts the service on a free port of the loopback address, for tests only. */
import { onTestFinished } from 'vitest';
import { TOKEN_HEADER } from './admin-port.ts';
import { readSettings } from './settings.ts';
import { type RunningWorkload, startWorkload } from './workload.ts';

export interface Started extends RunningWorkload {
  readonly origin: string;
  /** Of `/-/behaviour`. */
  readonly adminOrigin: string;
}

/** Stops by itself when the test ends. @param environment added to a nameless default of reviews v3. */
export async function startForTest(environment: Readonly<Record<string, string>> = {}): Promise<Started> {
  const named = { SERVICE: 'reviews', VERSION: 'v3', POD_NAME: 'pod-0', PORT: '0', LISTEN_ADDRESS: '127.0.0.1' };
  const workload = await startWorkload(readSettings({ ...named, ...environment }, 'unused'));
  onTestFinished(async () => void (await workload.stop(0, 0)));
  return {
    ...workload,
    origin: `http://127.0.0.1:${workload.port}`,
    adminOrigin: `http://127.0.0.1:${workload.adminPort ?? 1}`,
  };
}

export const TEST_TOKEN = 'token-of-the-tests';

export async function setBehaviour(
  { adminOrigin }: Started,
  document: unknown,
  token: string = TEST_TOKEN,
): Promise<Response> {
  const body = JSON.stringify(document);
  return fetch(`${adminOrigin}/-/behaviour`, { method: 'POST', body, headers: { [TOKEN_HEADER]: token } });
}
