/** A finding about infrastructure as code. */
import type { Finding } from './manifest-set.ts';

interface Said {
  readonly hint: string;
  readonly severity?: Finding['severity'];
}

/** @param where file:line:column, or the file or folder alone where all of it is meant */
export function wrong(code: string, where: string, sentence: string, { hint, severity = 'error' }: Said): Finding {
  return { ...{ code, severity, sentence, where, hint }, layer: 'manifest' };
}
