/** What a condition of an AnalysisTemplate makes of the series that a query gives. By its text alone. */

/** Looks at every series, so that their number does not matter. */
export function looksAtAll(conditions: string): boolean {
  return /\b(?:all|any|none|one|filter|map)\(\s*result\b/.test(conditions);
}

/** Asks for exactly one series. */
export function wantsOne(conditions: string): boolean {
  return /len\(\s*result\s*\)\s*==\s*1\b/.test(conditions);
}
