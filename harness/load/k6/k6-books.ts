/** Double entry of a load run: what k6 counted against what reached the harness. */

/** k6's last progress line; the only place where it tells how many iterations it interrupted. */
export interface IterationCounts {
  readonly complete: number;
  readonly interrupted: number;
}

const PROGRESS = / (\d+) complete and (\d+) interrupted iterations$/;

/** @returns undefined for any other line of k6's stdout. */
export function parseProgressLine(line: string): IterationCounts | undefined {
  const match = PROGRESS.exec(line.trimEnd());
  return match === null ? undefined : { complete: Number(match[1]), interrupted: Number(match[2]) };
}

export interface RequestBooks {
  readonly sent: number;
  readonly received: number;
  readonly interrupted: number;
}

/**
 * One iteration sends one request, so `sent` is every iteration that k6 began. k6 counts an iteration as complete only
 * after its line was written: fewer lines than complete iterations means lost evidence, and then the figures are left
 * as they are, so that sent = received + interrupted does not hold. An iteration interrupted between its line and its
 * end has a line and is counted as interrupted by k6; it was received.
 */
export function balanceBooks(iterations: IterationCounts, received: number): RequestBooks {
  const sent = iterations.complete + iterations.interrupted;
  const lost = received < iterations.complete;
  return { sent, received, interrupted: lost ? iterations.interrupted : Math.max(0, sent - received) };
}
