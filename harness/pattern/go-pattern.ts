/**
 * Regular expressions of manifests whose readers are written in Go (targets of Kustomize's patches, paths of generators),
 * run by re2js in Go's own dialect and in linear time, so that a stranger's manifest cannot keep `lint` busy: JavaScript's
 * engine backtracks. Pure.
 */
import { RE2JS } from 're2js';

/** Longer ones are not compiled: what they match is short. */
const LONGEST = 2000;

/** @param isAnyDot whether `.` matches line ends, too @returns undefined when it is no expression of Go */
export function matchesWholly(pattern: string, text: string, isAnyDot = false): boolean | undefined {
  if (pattern.length > LONGEST) return undefined;
  try {
    return RE2JS.compile(`^(?:${pattern})$`, isAnyDot ? RE2JS.DOTALL : 0)
      .matcher(text)
      .find();
  } catch {
    return undefined;
  }
}
