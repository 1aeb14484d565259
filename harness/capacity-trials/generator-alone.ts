/**
 * The generator is measured before the subject: at every rate that a search goes up to, it first drives a server that
 * answers at once. What it cannot carry there is never tried on the subject, and the search ends one-sided at its ceiling.
 */
import { GeneratorCeiling } from '../capacity/trial/generator-ceiling.ts';
import type { CapacityQuestion } from './question.ts';
import { type FinishedTrial, NO_LOOKS, runTrial, type TrialOrder, type TrialPorts } from './run-trial.ts';

export interface GeneratorFacts {
  /** Highest rate that it carried alone, requests per second. */
  readonly carriedRate: number;
  /** Lowest that it did not; undefined: carried all that the search wanted. */
  readonly failedRate: number | undefined;
  /** There was no server here to try it on, or its load did not come there. */
  readonly unknown: boolean;
  /** Why it failed, by the guards of its trials, `CAPACITY_SLOW_ALONE` where answers were too slow. */
  readonly reasons: readonly string[];
}

export interface AlonePorts extends Pick<TrialPorts, 'load' | 'readCpu'> {
  /** Where the generator drives nobody but itself; undefined: nothing of the kind is there. */
  readonly alone?: { readonly url: string; served(): number } | undefined;
}

const SECONDS = 5;
/** Of what the objective allows, so much may be the generator's own. */
const OWN_SHARE = 0.2;

export class GeneratorAlone {
  readonly #question: CapacityQuestion;
  readonly #prefix: TrialOrder['argvPrefix'];
  readonly #ports: AlonePorts;
  readonly #ceiling: GeneratorCeiling;
  readonly #reasons = new Set<string>();
  #unknown: boolean;

  constructor(question: CapacityQuestion, prefix: TrialOrder['argvPrefix'], ports: AlonePorts) {
    this.#question = question;
    this.#prefix = prefix;
    this.#ports = ports;
    this.#ceiling = new GeneratorCeiling(question.maxRate);
    this.#unknown = ports.alone === undefined;
  }

  get facts(): GeneratorFacts {
    const { carriedRate, failedRate } = this.#ceiling;
    return { carriedRate, failedRate, unknown: this.#unknown, reasons: [...this.#reasons] };
  }

  /**
   * The highest rate up to `rate` that the generator is known to carry, after trying what is not known yet.
   * @param say told what is tried, in words
   */
  async carries(rate: number, say: (words: string) => void, signal: AbortSignal): Promise<number> {
    const { alone } = this.#ports;
    if (alone === undefined || this.#unknown) return rate;
    for (let next = this.#ceiling.next(rate); next !== undefined; next = this.#ceiling.next(rate)) {
      say(`the generator alone at ${next.toFixed(0)}/s`);
      const before = alone.served();
      const trial = await this.#try(alone.url, next, signal);
      if (signal.aborted) return rate;
      if (alone.served() === before) {
        this.#unknown = true;
        return rate;
      }
      this.#ceiling.observe(next, this.#judge(trial));
    }
    return Math.min(rate, this.#ceiling.carriedRate);
  }

  #try(url: string, ratePerSecond: number, signal: AbortSignal): Promise<FinishedTrial> {
    const { arrivals, seed, objective } = this.#question;
    return runTrial(
      {
        ...{ arrivals, seed, objective, ratePerSecond },
        phase: `generator-${Number(ratePerSecond.toPrecision(4))}`,
        seconds: SECONDS,
        looks: NO_LOOKS,
        target: { url, headers: {}, hosts: {} },
        argvPrefix: this.#prefix,
      },
      { load: this.#ports.load, readCpu: this.#ports.readCpu, live: () => undefined },
      signal,
    );
  }

  #judge({ guards, statistics }: FinishedTrial): boolean {
    const slow = statistics.share > OWN_SHARE * this.#question.objective.objectiveShare;
    for (const guard of guards) this.#reasons.add(guard);
    if (slow) this.#reasons.add('CAPACITY_SLOW_ALONE');
    return guards.length === 0 && !slow;
  }
}
