/** What to look for in a trial: small predicates over verdict, guards, books and witnesses, each with the words for it. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ProxyWeights } from '../evidence/proxy-routes.ts';
import type { BooksProblemCode } from '../verdict/books.ts';
import { ASSURANCE, createSplitJudge } from '../verdict/split-judge.ts';
import { judgeTwoWitnesses, type TwoWitnessVerdict } from '../verdict/two-witness.ts';
import type { Finding } from './case.ts';
import { CANARY, STABLE } from './data-plane.ts';
import type { Trial } from './trial.ts';

export function passed({ split }: Trial): Finding {
  const asExpected = split.outcome === 'passed';
  const guards = split.guards.filter(({ outcome }) => outcome === 'failed').map(({ sentence }) => sentence);
  return {
    asExpected,
    rightReason: asExpected && split.reason === 'within-margin',
    said: [verdictOf(split), ...guards].join('; '),
  };
}

/** Failed on single requests, with an interval around the true share that leaves the declared one out. */
export function failedNear(trueShare: number, also: (trial: Trial) => boolean = () => true): (trial: Trial) => Finding {
  return (trial) => {
    const { split } = trial;
    const canary = split.arms.find(({ name }) => name === CANARY);
    const inside = (share: number): boolean =>
      canary !== undefined && canary.interval.low <= share && share <= canary.interval.high;
    const asExpected = split.outcome === 'failed';
    const located = inside(trueShare) && !inside(canary?.declaredShare ?? Number.NaN);
    return {
      asExpected,
      rightReason: asExpected && split.reason === 'e-value' && located && also(trial),
      said: `${verdictOf(split)}, ${CANARY} at ${((canary?.estimate ?? 0) * 100).toFixed(1)} %`,
    };
  };
}

/** Not passed, and a guard on per-request routing said which way. */
export function guarded(tendency: 'together' | 'alternating'): (trial: Trial) => Finding {
  return (trial) => {
    const tripped = trial.split.guards.filter((guard) => guard.outcome === 'failed' && guard.name !== 'cluster-test');
    const asExpected = trial.split.outcome !== 'passed';
    return {
      asExpected,
      rightReason: asExpected && tripped.some((guard) => guard.tendency === tendency),
      said: `${verdictOf(trial.split)}; ${tripped.map((guard) => `${guard.name} ${guard.tendency}`).join(', ') || 'no guard'}`,
    };
  };
}

/**
 * The share is right and may pass, but not silently: a guard tripped that way, requests were not judged one by one, and
 * the verdict says so.
 */
export function warned(tendency: 'together' | 'alternating'): (trial: Trial) => Finding {
  return ({ split }) => {
    const tripped = split.guards.filter((guard) => guard.outcome === 'failed' && guard.name !== 'cluster-test');
    const asExpected = split.reason !== 'within-margin' && split.sentence.includes('Warning, not per-request routing');
    return {
      asExpected,
      rightReason: asExpected && tripped.some((guard) => guard.tendency === tendency),
      said: `${verdictOf(split)}; ${tripped.map((guard) => `${guard.name} ${guard.tendency}`).join(', ') || 'no guard'}`,
    };
  };
}

/** Invalid because the books show one of these problems. */
export function invalidBecause(...codes: readonly BooksProblemCode[]): (trial: Trial) => Finding {
  return ({ split, books }) => {
    const found = books.problemCodes ?? [];
    const asExpected = split.outcome === 'invalid';
    return {
      asExpected,
      rightReason: asExpected && codes.some((code) => found.includes(code)),
      said: `${split.outcome}: ${found.join(', ') || 'no problem'}`,
    };
  };
}

/** What the machine itself does to an instrument when it is busy; no mutant but the saturated generator makes these. */
const OF_THE_MACHINE: readonly string[] = ['dropped-iterations', 'generator-saturated', 'rate-not-reached'];

export function spoiltByMachine({ books }: Trial): boolean {
  return (books.problemCodes ?? []).some((code) => OF_THE_MACHINE.includes(code));
}

export function sameWeights(found: ProxyWeights | undefined, wanted: ProxyWeights): boolean {
  const names = new Set([...Object.keys(found ?? {}), ...Object.keys(wanted)]);
  return [...names].every((name) => (found?.[name] ?? 0) === (wanted[name] ?? 0));
}

/** Client against the proxies' own counters; `knowsRetries`: the witness says which attempts were retries. */
export function againstCounters(trial: Trial, knowsRetries: boolean): TwoWitnessVerdict {
  const tally = (counters: Readonly<Record<string, number>>) =>
    [STABLE, CANARY].map((arm) => ({ arm, count: counters[arm] ?? 0 }));
  const { books } = trial;
  return judgeTwoWitnesses({
    witness: 'Envoy',
    client: books.answeredByArm,
    witnessed: tally(trial.attempts),
    ...(knowsRetries ? { retried: tally(trial.retries) } : {}),
    // as the claim `prometheus-agrees` has it
    inFlight: books.interrupted + books.errors + books.unattributed,
    boundary: 0,
    extrapolationSpread: 0,
    alpha: 1e-6,
  });
}

/** Outcome of judging a list of answers, in the order given, as the product judges those in start order. */
export function judgedAs(arms: readonly (string | null)[], declared = 0.1): string {
  const judge = createSplitJudge({
    arms: [
      { name: STABLE, share: 1 - declared },
      { name: CANARY, share: declared },
    ],
    ...ASSURANCE.default,
    lookEvery: 20,
  });
  for (const [index, arm] of arms.entries()) if (judge.observe(arm, String(index % 97))) break;
  return judge.conclude('load-ended').outcome;
}

/** Labels of the given counts in a random order that a seed fixes (Fisher-Yates). */
export function shuffledLabels(counts: Readonly<Record<string, number>>, seed: number): string[] {
  const labels = Object.entries(counts).flatMap(([arm, count]) => Array<string>(count).fill(arm));
  const generator = xoroshiro128plus(seed);
  for (let i = labels.length - 1; i > 0; i -= 1) {
    const j = Math.floor(((generator.next() >>> 0) / 2 ** 32) * (i + 1));
    [labels[i], labels[j]] = [labels[j]!, labels[i]!];
  }
  return labels;
}

function verdictOf(split: Trial['split']): string {
  return `${split.outcome} (${split.reason})`;
}
