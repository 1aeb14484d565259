/** Takes the lines of a running scenario in, hands samples on, and counts everything that is not one. */
import type { RequestSample } from '../../ports/request-sample.ts';
import { type GeneratorSummary, parseEvidenceLine } from './evidence-line.ts';
import type { LineCounts } from './line-splitter.ts';
import { SequenceLedger } from './sequence-ledger.ts';

/** What the evidence channel carried besides good samples; all zero in a sound run. */
export interface EvidenceProblems {
  /** Whole lines that are no evidence. */
  readonly malformed: number;
  /** Lines over the bound, dropped whole. */
  readonly overlong: number;
  /** 1 when the channel ended inside a line. */
  readonly cut: number;
  /** Samples with a request number that had come before; not handed on. */
  readonly duplicates: number;
  /** Samples handed on with an empty identity, because what the receiver said does not fit in a line. */
  readonly unreadableIdentities: number;
}

export class EvidenceCollector {
  readonly #onSample: (sample: RequestSample) => void;
  readonly #onFailure: (text: string) => void;
  readonly #ledger = new SequenceLedger();
  #malformed = 0;
  #duplicates = 0;
  #unreadableIdentities = 0;
  #firstStartMs = Number.POSITIVE_INFINITY;
  #lastEndMs = Number.NEGATIVE_INFINITY;
  #mostInFlight = 0;
  readonly #now: () => number;
  readonly #createdMs: number;
  #earliestArrivalMs = Number.POSITIVE_INFINITY;
  #optionsJson: string | undefined;
  #readyAtMs: number | undefined;
  #summary: GeneratorSummary | undefined;

  /** @param now the harness's clock, Unix milliseconds; the generator is not running yet */
  constructor(onSample: (sample: RequestSample) => void, onFailure: (text: string) => void, now: () => number) {
    this.#onSample = onSample;
    this.#onFailure = onFailure;
    this.#now = now;
    this.#createdMs = now();
  }

  readonly takeLine = (text: string): void => {
    const line = parseEvidenceLine(text);
    switch (line.kind) {
      case 'sample':
        this.#takeSample(line.sample, line.identityReadable);
        break;
      case 'options':
        this.#optionsJson = line.json;
        this.#readyAtMs = this.#now();
        break;
      case 'failure':
        this.#onFailure(line.text);
        break;
      case 'summary':
        this.#summary = line.summary;
        break;
      case 'unreadable':
        this.#malformed += 1;
        break;
    }
  };

  /** Different requests that finished. */
  get received(): number {
    return this.#ledger.count;
  }

  /** From the first start to the last end, by k6's clock; 0 without a request. */
  get wallMs(): number {
    return Math.max(0, this.#lastEndMs - this.#firstStartMs);
  }

  /**
   * A lower bound for the most requests that were in flight at once: when a line arrives, all requests numbered up to
   * the highest seen had begun.
   */
  get mostInFlight(): number {
    return this.#mostInFlight;
  }

  /**
   * How far the generator's clock is ahead of ours. At least: a request that has arrived has ended. At most: none began
   * before the generator was started. Undefined without a request.
   */
  get clockOffsetMs(): { readonly atLeast: number; readonly atMost: number } | undefined {
    if (this.received === 0) return undefined;
    return { atLeast: -this.#earliestArrivalMs, atMost: this.#firstStartMs - this.#createdMs };
  }

  get optionsJson(): string | undefined {
    return this.#optionsJson;
  }

  /** When k6 told its options, which it does when it is ready to begin; the harness's clock, Unix milliseconds. */
  get readyAtMs(): number | undefined {
    return this.#readyAtMs;
  }

  get summary(): GeneratorSummary | undefined {
    return this.#summary;
  }

  problems(lines: LineCounts): EvidenceProblems {
    return {
      malformed: this.#malformed,
      overlong: lines.overlong,
      cut: lines.cut,
      duplicates: this.#duplicates,
      unreadableIdentities: this.#unreadableIdentities,
    };
  }

  #takeSample(sample: RequestSample, identityReadable: boolean): void {
    const before = this.#ledger.count;
    if (!this.#ledger.add(sample.sequence)) {
      this.#duplicates += 1;
      return;
    }
    if (!identityReadable) this.#unreadableIdentities += 1;
    this.#firstStartMs = Math.min(this.#firstStartMs, sample.startMs);
    this.#lastEndMs = Math.max(this.#lastEndMs, sample.endMs);
    this.#earliestArrivalMs = Math.min(this.#earliestArrivalMs, this.#now() - sample.endMs);
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#ledger.highest + 1 - before);
    this.#onSample(sample);
  }
}
