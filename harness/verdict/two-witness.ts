/**
 * Do two witnesses of the same requests agree on the shares: the client's own count, and a counter in the mesh
 * (Prometheus over Istio's metric, Envoy's cluster counters)?
 *
 * They saw the same requests, so sampling error is no excuse. What may differ is derived:
 * 1. in flight: requests in one book only because they had not finished; a slow arm is over-represented among them, so
 *    all of them may belong to one arm;
 * 2. boundary: requests in one book only because of where a scrape window was cut; which arm they belong to is chance,
 *    so the two shares differ like those of a sample without replacement and its whole;
 * 3. extrapolation: Prometheus stretches each series to the ends of the window on its own, by factors that may differ.
 */
import { percent } from '../documents/figures.ts';
import { normalQuantile } from '../stats/special-functions.ts';
import type { Outcome } from './outcome.ts';
import { points, probability, requests, whole } from './wording.ts';

interface ArmTally {
  readonly arm: string;
  /** Requests; a rate query may give fractions. */
  readonly count: number;
}

export interface TwoWitnessInput {
  readonly witness: string;
  readonly client: readonly ArmTally[];
  readonly witnessed: readonly ArmTally[];
  /** Of the witnessed, attempts that the witness itself counted as retries: the client sent each of those once only. */
  readonly retried?: readonly ArmTally[];
  /** Most requests that are in one book only because they were in flight. */
  readonly inFlight: number;
  /** Most requests that are in one book only because of where the window was cut. */
  readonly boundary: number;
  /** Largest relative difference between the factors by which two series were stretched; 0 for raw counters. */
  readonly extrapolationSpread: number;
  /** P(shares are found to differ | both witnesses are right). */
  readonly alpha: number;
  /** Widest band within which two shares that agree say something; left out: any. */
  readonly widest?: number;
}

interface WitnessedArm {
  readonly arm: string;
  readonly clientShare: number;
  readonly witnessShare: number;
  /** witnessShare - clientShare. */
  readonly difference: number;
  /** Largest difference that 1 to 3 explain. */
  readonly band: number;
  readonly agrees: boolean;
}

export interface TwoWitnessVerdict {
  readonly outcome: Outcome;
  readonly sentence: string;
  /** What makes up the difference that two honest counts may show, for the details. */
  readonly bookkeeping?: string;
  readonly arms: readonly WitnessedArm[];
  /** Witnessed requests minus the client's, and how many of them the same three reasons explain. */
  readonly countDifference: number;
  readonly explainedDifference: number;
  /** Not a reason to fail the shares, but worth a look: retries, mirrors or other traffic in the counter. */
  readonly notes: readonly string[];
  /** The code of each note, in the same order. */
  readonly codes: readonly WitnessNoteCode[];
}

/** `more-than-sent`: what no retry explains, so mirrored or other traffic. */
export type WitnessNoteCode = 'retries' | 'more-than-sent' | 'fewer-than-sent';

/**
 * What the cutting of a Prometheus window does to increase(): up to one scrape interval at each end is not seen but
 * guessed, and a series that starts inside the window is stretched less than one that did not.
 */
export function scrapeAllowance(
  ratePerSecond: number,
  scrapeIntervalSeconds: number,
  windowSeconds: number,
): { readonly boundary: number; readonly extrapolationSpread: number } {
  const seenSeconds = Math.max(0, windowSeconds - 2 * scrapeIntervalSeconds);
  return {
    boundary: 2 * ratePerSecond * scrapeIntervalSeconds,
    // One series stretched at its start by up to 1.1 intervals, the other not at all.
    extrapolationSpread: (1.1 * scrapeIntervalSeconds) / (seenSeconds + 1.1 * scrapeIntervalSeconds),
  };
}

export function judgeTwoWitnesses(given: TwoWitnessInput): TwoWitnessVerdict {
  const input = { ...given, witnessed: withoutRetries(given) };
  const names = [...new Set([...input.client, ...input.witnessed].map(({ arm }) => arm))];
  const tally = (book: readonly ArmTally[], arm: string) =>
    book.filter((entry) => entry.arm === arm).reduce((sum, { count }) => sum + count, 0);
  const sum = (book: readonly ArmTally[]) => book.reduce((total, { count }) => total + count, 0);
  const n = sum(input.client);
  const m = sum(input.witnessed);
  const explained = input.inFlight + input.boundary + n * input.extrapolationSpread;
  const nothing = { arms: [], countDifference: m - n, explainedDifference: explained, notes: [], codes: [] };
  const anew = given.witnessed.filter(({ count }) => !(count >= 0));
  if (anew.length > 0) {
    const fell = anew.map(({ arm, count }) => `${arm} fell by ${whole(-count)}`).join(', ');
    return {
      ...{ ...nothing, outcome: 'invalid' },
      sentence: `The counters of ${given.witness} began anew while the load ran (${fell}), so that nobody knows what it counted; a pod or a proxy was restarted.`,
    };
  }
  const notes = [...retryNotes(given), ...countNotes(given, names, n, m, explained)];
  if (n === 0 || m === 0) {
    const who = n === 0 ? 'the client' : input.witness;
    return {
      outcome: 'inconclusive',
      sentence: `${who} counted no request, so there is nothing to compare.`,
      ...nothing,
    };
  }
  const arms = names.map((arm): WitnessedArm => {
    const clientShare = tally(input.client, arm) / n;
    const witnessShare = tally(input.witnessed, arm) / m;
    const difference = witnessShare - clientShare;
    const band = agreementBand(clientShare, Math.min(n, m), names.length, input);
    return { arm, clientShare, witnessShare, difference, band, agrees: Math.abs(difference) <= band + 1e-12 };
  });
  const worst = arms.reduce((a, b) => (Math.abs(b.difference) - b.band > Math.abs(a.difference) - a.band ? b : a));
  const agrees = arms.every((arm) => arm.agrees);
  const reasons = `${whole(input.inFlight)} in flight when the counters were read, ${whole(input.boundary)} at the edges of the window, series stretched up to ${percent(input.extrapolationSpread)} apart`;
  const gap = points(Math.abs(worst.difference));
  const bookkeeping = `±${points(worst.band)} for ${worst.arm}: ${reasons}`;
  const noted = { arms, notes: notes.map(([, note]) => note), codes: notes.map(([code]) => code) };
  const { widest = 1 } = input;
  if (agrees && arms.some(({ band }) => band > widest))
    return {
      ...{ ...nothing, ...noted, outcome: 'inconclusive', bookkeeping },
      sentence: `${input.witness} and the client cannot be compared: ${requests(Math.round(explained))} may be in one count and not in the other (errors, answers without a version, requests in flight), so that two honest counts may differ by ${points(worst.band)}, and more than ${points(widest)} says nothing.`,
    };
  return {
    ...{ ...nothing, ...noted, bookkeeping },
    outcome: agrees ? 'passed' : 'failed',
    sentence: `${input.witness} counted ${agrees ? 'the same' : 'something else'}: ${percent(worst.witnessShare)} of its ${requests(m)} went to ${worst.arm}, by the client's own count ${percent(worst.clientShare)} of ${whole(n)}; the ${gap} between them are ${agrees ? 'no more' : 'more'} than the ${points(worst.band)} that two honest counts may differ${agrees ? '' : ` (a false alarm with probability at most ${probability(input.alpha)})`}.`,
  };
}

function agreementBand(
  share: number,
  n: number,
  arms: number,
  { inFlight, boundary, extrapolationSpread, alpha }: TwoWitnessInput,
): number {
  const worstOfInFlight = inFlight >= n ? 1 : (inFlight * Math.max(share, 1 - share)) / (n - inFlight);
  // Shares of a random part and of the whole: sd = sqrt(p q b / (n (n + b))); never more than all b in one arm.
  // One request more in p keeps a share of 0 from having no spread at all.
  const p = Math.min(0.5, Math.min(share, 1 - share) + 1 / n);
  const z = -normalQuantile(alpha / (2 * arms));
  const chance = z * Math.sqrt((p * (1 - p) * boundary) / (n * (n + boundary)));
  const worstOfBoundary = (boundary * Math.max(share, 1 - share)) / (n + boundary);
  // Odds of the two shares change by the factor 1 / (1 - spread) at most.
  const spread = Math.min(extrapolationSpread, 1 - 1e-9);
  const odds = (factor: number) => Math.abs((share * factor) / (share * factor + 1 - share) - share);
  const stretched = Math.max(odds(1 - spread), odds(1 / (1 - spread)));
  return Math.min(1, worstOfInFlight + Math.min(chance, worstOfBoundary) + stretched);
}

type Note = readonly [code: WitnessNoteCode, sentence: string];

function withoutRetries({ witnessed, retried = [] }: TwoWitnessInput): readonly ArmTally[] {
  const again = new Map(retried.map(({ arm, count }) => [arm, count]));
  return witnessed.map(({ arm, count }) => ({ arm, count: count - (again.get(arm) ?? 0) }));
}

function retryNotes({ witness, retried = [] }: TwoWitnessInput): Note[] {
  const again = retried.filter(({ count }) => count > 0);
  if (again.length === 0) return [];
  const list = again.map(({ arm, count }) => `${whole(count)} to ${arm}`).join(', ');
  return [['retries', `${witness} counted attempts that the proxy made again (${list}); they are left out here`]];
}

function countNotes(input: TwoWitnessInput, names: readonly string[], n: number, m: number, explained: number): Note[] {
  const { witness, client, retried } = input;
  const difference = m - n;
  if (Math.abs(difference) <= explained + 0.5) return [];
  const beyond = requests(Math.round(Math.abs(difference) - explained));
  if (difference < 0)
    return [
      [
        'fewer-than-sent',
        `${witness} counted ${beyond} fewer than the client sent: a series began inside the window, or a proxy was not scraped`,
      ],
    ];
  const count = (book: readonly ArmTally[], arm: string) =>
    book.reduce((sum, entry) => (entry.arm === arm ? sum + entry.count : sum), 0);
  const excess = (arm: string) => count(withoutRetries(input), arm) - count(client, arm);
  const most = names.reduce((a, b) => (excess(b) > excess(a) ? b : a));
  const why = retried === undefined ? 'retries, mirrored or other traffic' : 'mirrored or other traffic, not retries,';
  return [
    [
      'more-than-sent',
      `${witness} counted ${beyond} more than the client sent, most of them to ${most}: ${why} are in its counter`,
    ],
  ];
}
