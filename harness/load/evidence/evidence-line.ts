/** Reads the lines that scenarios write (format: scenarios/shared/evidence-line.ts). Never guesses: a line that is not whole is `unreadable`. */
import type { GeneratorPart } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';

export type EvidenceLine =
  /** `identityReadable` is false when the receiver said something that does not fit in a line. */
  | { readonly kind: 'sample'; readonly sample: RequestSample; readonly identityReadable: boolean }
  | { readonly kind: 'options'; readonly json: string }
  | { readonly kind: 'failure'; readonly text: string }
  | { readonly kind: 'summary'; readonly summary: GeneratorSummary }
  | { readonly kind: 'unreadable' };

/** k6's own counts at the end of a run. */
export interface GeneratorSummary {
  readonly httpRequests: number;
  /** Iterations that ran to their end. */
  readonly iterations: number;
  readonly droppedIterations: number;
  readonly vusMax: number;
  readonly vusAllocated: number;
  /** Of a load that a cluster shared: each one's part, by its segment, and what they were there. */
  readonly shared?: { readonly as: 'TestRun' | 'Jobs'; readonly generators: readonly GeneratorPart[] };
}

const UNREADABLE: EvidenceLine = { kind: 'unreadable' };

// 15 digits stay below 2^53.
const SAMPLE = /^cp1 (\d{1,15}) (\d{1,15}) (\d{1,15}) (\d{1,3}) (\d{1,5}) (\d{1,9}) (?:=([!-~]*)|(!)) \.$/;

export function parseEvidenceLine(line: string): EvidenceLine {
  if (line.startsWith('cp1 ')) return parseSample(line);
  if (line.startsWith('cp1-options ')) return parseOptions(line.slice('cp1-options '.length));
  if (line.startsWith('cp1-failure ')) return { kind: 'failure', text: line.slice('cp1-failure '.length) };
  if (line.startsWith('cp1-summary ')) return parseSummary(line.slice('cp1-summary '.length));
  return UNREADABLE;
}

function parseSample(line: string): EvidenceLine {
  const match = SAMPLE.exec(line);
  if (match === null) return UNREADABLE;
  const startMs = Number(match[2]);
  const encoded = match[7] ?? '';
  const identity = encoded.includes('%') ? decoded(encoded) : encoded;
  if (identity === undefined) return UNREADABLE;
  return {
    kind: 'sample',
    sample: {
      sequence: Number(match[1]),
      startMs,
      endMs: startMs + Number(match[3]) / 1000,
      status: Number(match[4]),
      errorCode: Number(match[5]),
      vu: Number(match[6]),
      identity,
    },
    identityReadable: match[8] === undefined,
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseOptions(json: string): EvidenceLine {
  const value = parsedJson(json);
  return typeof value === 'object' && value !== null ? { kind: 'options', json } : UNREADABLE;
}

const SUMMARY_FIELDS = ['httpRequests', 'iterations', 'droppedIterations', 'vusMax', 'vusAllocated'] as const;

function parseSummary(json: string): EvidenceLine {
  const value = parsedJson(json);
  if (typeof value !== 'object' || value === null) return UNREADABLE;
  const fields = value as Readonly<Record<string, unknown>>;
  const counted = SUMMARY_FIELDS.every((name) => Number.isSafeInteger(fields[name]) && Number(fields[name]) >= 0);
  return counted ? { kind: 'summary', summary: value as GeneratorSummary } : UNREADABLE;
}
