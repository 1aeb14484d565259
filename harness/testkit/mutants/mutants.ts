/**
 * Faults that somebody could make in the code that gives verdicts or keeps harm away, each with the unit tests that must notice it.
 * `npm run mutants` makes them one after the other in a copy; one that no test notices fails the command.
 */
import mutants from './mutants.json' with { type: 'json' };
import mutantsOfHarm from './mutants-of-harm.json' with { type: 'json' };

export interface Mutant {
  /** Path from the root of the package. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What would be believed wrongly. */
  readonly why: string;
  /** Unit test files, from the root of the package; at least one of their tests must fail. */
  readonly tests: readonly string[];
  /** As written there: the test, or the `describe` around it, that says what was taken away. Those of harm have one. */
  readonly title?: string;
}

/** Those of harm name the part of the audit that found what they undo. */
export const MUTANTS: readonly Mutant[] = [...mutants, ...mutantsOfHarm];
