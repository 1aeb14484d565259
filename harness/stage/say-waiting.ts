/** Says what a step waits for while it waits, and since when nobody has answered any more. */
import type { RolloutStream } from '../traffic/recorded-stream.ts';

const SAY_MS = 1_000;
/** Answers come many times a second. */
const SILENT_MS = 2_000;

export interface Waiting {
  readonly what: string;
  /** Of the load that runs meanwhile; undefined without one. */
  readonly stream: Pick<RolloutStream, 'length' | 'at'> | undefined;
  now(): number;
  /** Shows a text at the step. */
  say(text: string): void;
}

export async function sayWaiting<Done>({ what, stream, now, say }: Waiting, work: () => Promise<Done>): Promise<Done> {
  let looked = 0;
  let answeredMs = now();
  const tell = () => {
    for (; stream && looked < stream.length; looked += 1) {
      const { version, startMs, latencyMs } = stream.at(looked);
      if (version !== null) answeredMs = Math.max(answeredMs, startMs + latencyMs);
    }
    const silentMs = now() - answeredMs;
    const silence =
      stream && silentMs > SILENT_MS ? `; no client has got an answer for ${Math.round(silentMs / 1_000)} s` : '';
    say(`waits for ${what}${silence}`);
  };
  tell();
  const timer = setInterval(tell, SAY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
