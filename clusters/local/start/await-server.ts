/**
 * Waits for a server, and for what it makes, before its clients are started. Kubernetes' programs and their gRPC clients find it by themselves as
 * well, but each look that failed doubles the pause before the next one, up to 30 s (client-go) or 120 s (gRPC): on a busy
 * machine, where the server comes late, they would look again long after it came.
 */
import { access, readFile } from 'node:fs/promises';
import https from 'node:https';
import { pause } from '../../../harness/process/pause.ts';

const LOOK_EVERY_MS = 20;
/** A connection that was taken before anybody answers there is given up, and another one asks. */
const ANSWER_MS = 2_000;

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** A unix socket appears when its server listens. */
export async function awaitSocket(file: string, signal?: AbortSignal): Promise<void> {
  while (!(await isThere(file))) await pause(LOOK_EVERY_MS, signal);
}

/**
 * The certificate that the API server makes for itself, when all of it is there: it makes the file first and writes then,
 * and whoever takes what is between knows no authority for as long as the cluster lives. The key, `<name>.key` beside it,
 * is written after it.
 */
export async function awaitCertificate(file: string, signal?: AbortSignal): Promise<string> {
  for (;;) {
    const hasKey = await isThere(file.replace(/\.crt$/, '.key'));
    const text = await readFile(file, 'utf8').catch(() => '');
    if (/-----END CERTIFICATE-----\s*$/.test(text) && hasKey) return text;
    await pause(LOOK_EVERY_MS, signal);
  }
}

export interface ApiServerAt {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  /** That the certificate is made out to; default: `localhost`. */
  readonly name?: string;
  readonly token: string;
}

/** Returns when the API server says that it is ready: its rules of who may do what are there then. */
export async function awaitApiServer(server: ApiServerAt, signal?: AbortSignal, answerMs = ANSWER_MS): Promise<void> {
  while (!(await isReady(server, answerMs))) await pause(LOOK_EVERY_MS, signal);
}

function isReady({ port, ca, token, name = 'localhost' }: ApiServerAt, answerMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = https.get(
      {
        ...{ host: '127.0.0.1', port, path: '/readyz', ca, servername: name, agent: false },
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(answerMs),
      },
      (response) => {
        response.resume();
        response.once('close', () => resolve(response.complete && response.statusCode === 200));
      },
    );
    request.once('error', () => resolve(false));
  });
}
