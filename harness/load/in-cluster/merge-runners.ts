/**
 * Several k6 runners as one: samples as they come, one line of options, one summary and one progress line that add up.
 * k6 numbers iterations across all segments of a run (`iterationInTest`), so sequence numbers stay unique.
 */
import type { GeneratorPart } from '../../ports/load.ts';
import { parseEvidenceLine } from '../evidence/evidence-line.ts';
import { type IterationCounts, parseProgressLine } from '../k6/k6-books.ts';
import { kindOfPodLine } from './pod-lines.ts';

export interface RunnerSinks {
  evidence(line: string): void;
  progress(line: string): void;
  log(line: string): void;
}

/** For a load whose parts count each: what the runners are, and the clock against which theirs are held. */
export interface SharedLoad {
  readonly as: 'TestRun' | 'Jobs';
  /** Unix milliseconds. */
  readonly now: () => number;
}

interface Books {
  iterations: IterationCounts | undefined;
  summary: Readonly<Record<string, number>> | undefined;
  toldOptions: boolean;
  died: string | undefined;
  /** A request that has arrived here has ended: its end by that runner's clock is at least so far ahead. */
  aheadMs: number;
}

/** Counts that add up over runners; the rest of a summary is a maximum of each, which adds up as well: VUs are separate. */
const SUMMED = ['httpRequests', 'iterations', 'droppedIterations', 'vusMax', 'vusAllocated'] as const;

export class RunnerMerge {
  readonly #sinks: RunnerSinks;
  readonly #books: readonly Books[];
  readonly #shared: SharedLoad | undefined;
  #options: string | undefined;

  /** @param shared given: the summary tells of each runner, and one that died leaves the books of the others */
  constructor(runners: number, sinks: RunnerSinks, shared?: SharedLoad) {
    this.#sinks = sinks;
    this.#shared = shared;
    this.#books = Array.from({ length: runners }, () => ({
      ...{ iterations: undefined, summary: undefined, toldOptions: false, died: undefined, aheadMs: -Infinity },
    }));
  }

  take(runner: number, line: string): void {
    const books = this.#bookOf(runner);
    switch (kindOfPodLine(line)) {
      case 'progress':
        books.iterations = parseProgressLine(line);
        break;
      case 'log':
        this.#sinks.log(this.#books.length === 1 ? line : `runner ${runner + 1}: ${line}`);
        break;
      case 'evidence':
        this.#takeEvidence(books, line);
    }
  }

  /** @param code of the error with which the runner ended */
  died(runner: number, code: string): void {
    this.#bookOf(runner).died = code;
  }

  /**
   * Every runner has ended: the books of all, if all have closed theirs; else none, and the run has no books. Of a shared
   * load whoever died needs none.
   */
  end(): void {
    if (this.#options !== undefined) this.#sinks.evidence(this.#options);
    const counted = this.#books.filter(({ died }) => this.#shared === undefined || died === undefined);
    const summaries = counted.map(({ summary }) => summary).filter((summary) => summary !== undefined);
    const counts = counted.map(({ iterations }) => iterations).filter((iterations) => iterations !== undefined);
    if (counted.length === 0) return;
    if (summaries.length === counted.length) {
      const summary = Object.fromEntries(
        SUMMED.map((name) => [name, summaries.reduce((sum, one) => sum + (one[name] ?? 0), 0)]),
      );
      const shared = this.#shared && { as: this.#shared.as, generators: this.#books.map(partOf) };
      this.#sinks.evidence(`cp1-summary ${JSON.stringify({ ...summary, shared })}`);
    }
    if (counts.length === counted.length) {
      const complete = counts.reduce((sum, one) => sum + one.complete, 0);
      const interrupted = counts.reduce((sum, one) => sum + one.interrupted, 0);
      this.#sinks.progress(`running, ${complete} complete and ${interrupted} interrupted iterations`);
    }
  }

  #bookOf(runner: number): Books {
    const books = this.#books[runner];
    if (!books) throw new RangeError(`there is no runner ${runner}`);
    return books;
  }

  #takeEvidence(books: Books, line: string): void {
    const parsed = parseEvidenceLine(line);
    switch (parsed.kind) {
      case 'summary':
        books.summary = { ...parsed.summary } as unknown as Readonly<Record<string, number>>;
        return;
      case 'options':
        this.#takeOptions(books, line);
        return;
      case 'sample':
        if (this.#shared) books.aheadMs = Math.max(books.aheadMs, parsed.sample.endMs - this.#shared.now());
    }
    this.#sinks.evidence(line);
  }

  /** Every runner tells the options of the whole run, each with its own segment. The last one says that all are ready. */
  #takeOptions(books: Books, line: string): void {
    const isFirst = this.#books.every(({ toldOptions }) => !toldOptions);
    books.toldOptions = true;
    if (isFirst) this.#options = line;
    if (this.#options === undefined || this.#books.some(({ toldOptions }) => !toldOptions)) return;
    this.#sinks.evidence(this.#options);
    this.#options = undefined;
  }
}

function partOf({ iterations, summary, died, aheadMs }: Books): GeneratorPart {
  if (died !== undefined) return { sent: 0, droppedIterations: 0, died };
  return {
    sent: (iterations?.complete ?? 0) + (iterations?.interrupted ?? 0),
    droppedIterations: summary?.droppedIterations ?? 0,
    ...(Number.isFinite(aheadMs) ? { aheadMs } : {}),
  };
}
