/** One GET with a Host header of its own, which `fetch` does not allow to be set. */
import http from 'node:http';

export interface HostAnswer {
  /** 0: nobody answered in time. */
  readonly status: number;
  /** Names in lower case; values of a name that came twice are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const NOBODY: HostAnswer = { status: 0, headers: {}, body: '' };

/** An abort ends it at once, as an answer that nobody gave. */
export function answerOfHost(
  base: string,
  host: string,
  path = '/',
  timeoutMs = 2_000,
  signal?: AbortSignal,
): Promise<HostAnswer> {
  return new Promise((resolve) => {
    const request = http.get(
      new URL(path, base),
      { headers: { Host: host }, timeout: timeoutMs, agent: false, ...(signal ? { signal } : {}) },
      (answer) => {
        const chunks: Buffer[] = [];
        const headers = Object.entries(answer.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]);
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', () => resolve(NOBODY));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: Object.fromEntries(headers),
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(NOBODY));
  });
}

/** @returns 0 when nobody answered, also because the signal aborted */
export async function statusOfHost(
  base: string,
  host: string,
  path = '/',
  timeoutMs = 2_000,
  signal?: AbortSignal,
): Promise<number> {
  return (await answerOfHost(base, host, path, timeoutMs, signal)).status;
}
