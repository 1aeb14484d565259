/**
 * Runs one parser on many hostile texts. A case is good when the parser returns or refuses with a code, within its bound.
 *
 * The bound is on processor time and grows with the text, so it finds what is worse than linear and not a busy machine;
 * a case that seems over it is measured again, and its least time counts: noise only ever adds.
 */
import fc from 'fast-check';
import { HarnessError } from '../errors/harness-error.ts';
import { type Grammar, hostileText } from './hostile-text.ts';

export interface Target extends Grammar {
  readonly name: string;
  /** Of all cases, this many thousandths. */
  readonly thousandths: number;
  read(text: string): void;
}

export interface TargetResult {
  readonly name: string;
  readonly cases: number;
  readonly slowestMs: number;
  /** The smallest text that fails, and why; undefined when all are good. */
  readonly failure: string | undefined;
}

const BOUND_MS = 250;
const BOUND_MS_PER_KIB = 10;
const MEASUREMENTS = 3;

/**
 * @param begin is told each text before it is read, for whoever must say what a parser does not come back from
 * @param usedMs processor time of this process
 */
export function runTarget(
  target: Target,
  cases: number,
  seed: number,
  begin: (text: string) => void = () => undefined,
  usedMs: () => number = processorMs,
): TargetResult {
  let slowestMs = 0;
  const property = fc.property(hostileText(target), (text) => {
    begin(text);
    const boundMs = BOUND_MS + (text.length / 1024) * BOUND_MS_PER_KIB;
    let leastMs = Number.POSITIVE_INFINITY;
    for (let measurement = 0; measurement < MEASUREMENTS && leastMs > boundMs; measurement += 1) {
      const before = usedMs();
      attempt(target, text);
      leastMs = Math.min(leastMs, usedMs() - before);
    }
    slowestMs = Math.max(slowestMs, leastMs);
    if (leastMs > boundMs) throw new Error(`took ${leastMs.toFixed(0)} ms, bound ${boundMs.toFixed(0)} ms`);
  });
  const run = fc.check(property, { numRuns: cases, seed });
  return { name: target.name, cases: run.numRuns, slowestMs, failure: run.failed ? describe(run) : undefined };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function attempt(target: Target, text: string): void {
  try {
    target.read(text);
  } catch (error) {
    // refused with a code: that is what a parser is for
    if (!(error instanceof HarnessError)) throw error;
  }
}

function describe({ counterexample, seed, counterexamplePath, errorInstance }: fc.RunDetails<[string]>): string {
  const text = JSON.stringify(counterexample?.[0] ?? '');
  const shown = text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
  return `${String(errorInstance)}\n  on ${shown}\n  seed ${seed}, path ${counterexamplePath}`;
}
