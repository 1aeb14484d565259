/** One error for everything that is wrong with a document, each problem with its code, file, line and column. */
import { EXIT, HarnessError } from '../errors/harness-error.ts';
import { formatPosition, type SourcePosition } from './yaml-source.ts';

export interface DocumentProblem {
  /** Stable, such as PROFILE_UNKNOWN_FIELD. */
  readonly code: string;
  readonly sentence: string;
  readonly position: SourcePosition;
}

/** One error for all problems of a file. `code` is that of the problems when they share one, else <PREFIX>_INVALID. */
export class DocumentError extends HarnessError {
  readonly problems: readonly DocumentProblem[];

  constructor(prefix: string, problems: readonly [DocumentProblem, ...DocumentProblem[]], hint?: string) {
    const [first] = problems;
    const shared = problems.every(({ code }) => code === first.code);
    const message =
      problems.length === 1
        ? first.sentence
        : `${problems.length} problems in ${first.position.path}:\n${problems.map(line).join('\n')}`;
    super(shared ? first.code : `${prefix}_INVALID`, EXIT.usage, message, {
      where: formatPosition(first.position),
      ...(hint === undefined ? {} : { hint }),
    });
    this.name = 'DocumentError';
    this.problems = problems;
  }
}

function line(problem: DocumentProblem): string {
  return `  ${formatPosition(problem.position)} ${problem.code}: ${problem.sentence}`;
}

/** Throws a DocumentError when there is any problem; sorted by line. */
export function throwProblems(prefix: string, problems: readonly DocumentProblem[], hint?: string): void {
  const [first, ...rest] = problems.toSorted(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
  if (first) throw new DocumentError(prefix, [first, ...rest], hint);
}
