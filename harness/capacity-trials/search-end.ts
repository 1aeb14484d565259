/** How a measurement ends, what it hands over on the way, and what it needs. */
import type { Held } from '../capacity/questions/holds.ts';
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

export type SearchEnd = (
  | SearchResult
  | HoldsEnd
  | { readonly end: 'instrument'; readonly guards: readonly string[] }
) & {
  /** What the generator carried alone; undefined where the run ended before. */
  readonly generator?: GeneratorFacts | undefined;
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
