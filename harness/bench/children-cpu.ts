/** CPU seconds of all ended and awaited child processes of this one. */
import { readFileSync } from 'node:fs';
import { childrenMs } from '../testkit/processor-time.ts';

export function endedChildrenCpuSeconds(): number {
  return (childrenMs(readFileSync('/proc/self/stat', 'utf8')) ?? Number.NaN) / 1000;
}
