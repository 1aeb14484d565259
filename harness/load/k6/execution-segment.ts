/** One generator's part of a load in k6's own words: every `of`-th slot, from slot `index` on. Pure. */
export interface Segment {
  readonly index: number;
  readonly of: number;
}

export function executionSegment({ index, of }: Segment): {
  readonly executionSegment: string;
  readonly executionSegmentSequence: string;
} {
  const edge = (part: number) => (part % of === 0 ? String(part / of) : `${part}/${of}`);
  return {
    executionSegment: `${edge(index)}:${edge(index + 1)}`,
    executionSegmentSequence: Array.from({ length: of + 1 }, (_, part) => edge(part)).join(','),
  };
}
