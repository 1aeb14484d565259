/** One GET with a Host header of its own, which `fetch` does not allow to be set. */
import http from 'node:http';

/** @returns the status; 0 when nobody answered in time */
export function statusOfHost(base: string, host: string, path = '/', timeoutMs = 2_000): Promise<number> {
  return new Promise((resolve) => {
    const request = http.get(
      new URL(path, base),
      { headers: { Host: host }, timeout: timeoutMs, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
  });
}
