/**
 * Several k6 runners as one: samples as they come, one line of options, one summary and one progress line that add up.
 * k6 numbers iterations across all segments of a run (`iterationInTest`), so sequence numbers stay unique.
 */
import { parseEvidenceLine } from '../evidence/evidence-line.ts';
import { type IterationCounts, parseProgressLine } from '../k6/k6-books.ts';
import { kindOfPodLine } from './pod-lines.ts';

export interface RunnerSinks {
  evidence(line: string): void;
  progress(line: string): void;
  log(line: string): void;
}

interface Books {
  iterations: IterationCounts | undefined;
  summary: Readonly<Record<string, number>> | undefined;
}

/** Counts that add up over runners; the rest of a summary is a maximum of each, which adds up as well: VUs are separate. */
const SUMMED = ['httpRequests', 'iterations', 'droppedIterations', 'vusMax', 'vusAllocated'] as const;

export class RunnerMerge {
  readonly #sinks: RunnerSinks;
  readonly #books: readonly Books[];
  #optionsTold = false;

  constructor(runners: number, sinks: RunnerSinks) {
    this.#sinks = sinks;
    this.#books = Array.from({ length: runners }, () => ({ iterations: undefined, summary: undefined }));
  }

  take(runner: number, line: string): void {
    const books = this.#books[runner];
    if (!books) throw new RangeError(`there is no runner ${runner}`);
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

  /** Every runner has ended: the books of all, if all have closed theirs; else none, and the run has no books. */
  end(): void {
    const summaries = this.#books.map(({ summary }) => summary).filter((summary) => summary !== undefined);
    const counts = this.#books.map(({ iterations }) => iterations).filter((iterations) => iterations !== undefined);
    if (summaries.length === this.#books.length) {
      const summary = Object.fromEntries(
        SUMMED.map((name) => [name, summaries.reduce((sum, one) => sum + (one[name] ?? 0), 0)]),
      );
      this.#sinks.evidence(`cp1-summary ${JSON.stringify(summary)}`);
    }
    if (counts.length === this.#books.length) {
      const complete = counts.reduce((sum, one) => sum + one.complete, 0);
      const interrupted = counts.reduce((sum, one) => sum + one.interrupted, 0);
      this.#sinks.progress(`running, ${complete} complete and ${interrupted} interrupted iterations`);
    }
  }

  #takeEvidence(books: Books, line: string): void {
    const parsed = parseEvidenceLine(line);
    if (parsed.kind === 'summary') {
      books.summary = { ...parsed.summary };
      return;
    }
    // every runner tells the options of the whole run, each with its own segment
    if (parsed.kind === 'options' && this.#optionsTold) return;
    if (parsed.kind === 'options') this.#optionsTold = true;
    this.#sinks.evidence(line);
  }
}
