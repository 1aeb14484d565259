/** The harness's own column of the books: every request that came back, counted once under what became of it. */
import type { RequestSample } from '../ports/request-sample.ts';

export type Fate =
  | { readonly kind: 'answered'; readonly arm: string }
  | { readonly kind: 'error' }
  | { readonly kind: 'unattributed' };

/**
 * No answer at all, or a server error, is an error whoever sent it: a proxy writes 503 for a version that is down, so
 * its answers must not pass for that version's. Other answers belong to the arm that `armOf` reads from them.
 */
export function fateOf(sample: RequestSample, armOf: (sample: RequestSample) => string | null): Fate {
  if (sample.status === 0 || sample.status >= 500) return { kind: 'error' };
  const arm = armOf(sample);
  return arm === null ? { kind: 'unattributed' } : { kind: 'answered', arm };
}

export interface RequestCounts {
  add(fate: Fate): void;
  readonly received: number;
  readonly errors: number;
  readonly unattributed: number;
  /** Declared arms first, in their order and also when they got nothing; then whoever else answered, by name. */
  answeredByArm(): readonly { readonly arm: string; readonly count: number }[];
}

export function createRequestCounts(declaredArms: readonly string[]): RequestCounts {
  const answered = new Map(declaredArms.map((arm) => [arm, 0]));
  let received = 0;
  let errors = 0;
  let unattributed = 0;
  return {
    add(fate) {
      received += 1;
      if (fate.kind === 'answered') answered.set(fate.arm, (answered.get(fate.arm) ?? 0) + 1);
      else if (fate.kind === 'error') errors += 1;
      else unattributed += 1;
    },
    get received() {
      return received;
    },
    get errors() {
      return errors;
    },
    get unattributed() {
      return unattributed;
    },
    answeredByArm() {
      const strangers = [...answered.keys()].filter((arm) => !declaredArms.includes(arm)).sort();
      return [...declaredArms, ...strangers].map((arm) => ({ arm, count: answered.get(arm) ?? 0 }));
    },
  };
}
