/** How a measurement ends, what it hands over on the way, and what it needs. */
import type { Held } from '../capacity/questions/holds.ts';
import type { ReturnFound } from '../capacity/questions/return-from-overload.ts';
import type { SearchResult } from '../capacity/search/capacity-search.ts';
import type { AlonePorts, GeneratorFacts } from './generator-alone.ts';
import type { FinishedTrial } from './run-trial.ts';

/** The answer to "does it hold this one rate?". */
export interface HoldsEnd {
  readonly end: 'holds';
  readonly held: Held;
  readonly ratePerSecond: number;
  readonly tauSeconds: number;
}

/** Whether the subject came back from an overload. */
export interface ReturnFacts extends ReturnFound {
  /** Of the last rate that recovered: from the pulse's end until it held. */
  readonly afterSeconds: number | undefined;
  /** Why nothing can be said, or no more; empty: all trials count. */
  readonly guards: readonly string[];
}

export type SearchEnd = (
  | SearchResult
  | HoldsEnd
  | { readonly end: 'instrument'; readonly guards: readonly string[] }
) & {
  /** What the generator carried alone; undefined where the run ended before. */
  readonly generator?: GeneratorFacts | undefined;
  /** Undefined where no return from an overload was tried. */
  readonly returned?: ReturnFacts | undefined;
};

export interface ToldTrial extends FinishedTrial {
  readonly phase: 'range' | 'narrow' | 'pool' | 'ends' | 'holds';
  readonly ratePerSecond: number;
}

export interface SearchPorts extends AlonePorts {
  /** One request on its own; undefined where only the generator reaches the subject. */
  readonly probe?: (() => Promise<{ readonly status: number; readonly durationMs: number }>) | undefined;
  now(): number;
  /** Each trial when it is over, with what is known so far in words. */
  tell(trial: ToldTrial, words: string): void;
  /** What the trial that runs has come to. */
  live(words: string): void;
}
