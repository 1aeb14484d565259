/** Sorts the log of a k6 container into what three streams carry on a machine: evidence, progress, k6's own words. */
import { parseProgressLine } from '../k6/k6-books.ts';

export type PodLine = 'evidence' | 'progress' | 'log';

/** k6's stdout and stderr are one log in a pod; evidence lines say by their beginning what they are. */
export function kindOfPodLine(line: string): PodLine {
  if (/^cp1(-[a-z]+)? /.test(line)) return 'evidence';
  if (parseProgressLine(line) !== undefined) return 'progress';
  return 'log';
}
