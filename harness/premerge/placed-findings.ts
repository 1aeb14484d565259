/** Findings of all units as one list: each said once, with its place in the repository and the units that show it. */
import { createHash } from 'node:crypto';
import type { LintFinding } from '../../reports/model/lint-report.ts';
import type { Finding } from '../lint/manifest-set.ts';

export type PlacedFinding = Omit<LintFinding, 'state' | 'frame' | 'reason'>;

export interface UnitFindings {
  /** Undefined for what belongs to the repository as a whole. */
  readonly unit: string | undefined;
  readonly findings: readonly Finding[];
  readonly values: ReadonlyMap<string, string>;
}

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** Errors first, then by file and line. */
export function placeFindings(all: readonly UnitFindings[]): readonly PlacedFinding[] {
  const byPlace = new Map<string, PlacedFinding>();
  for (const { unit, findings, values } of all)
    for (const finding of findings) {
      const placed = placedFinding(finding, unit, values);
      // the same slip of a base shows in each overlay, under another namespace
      const key = placed.line === undefined ? `${placed.code}\n${placed.sentence}` : `${placed.code}\n${finding.where}`;
      const earlier = byPlace.get(key);
      byPlace.set(key, earlier ? joined(earlier, placed) : placed);
    }
  return [...byPlace.values()].toSorted(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] ||
      compare(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compare(a.code, b.code),
  );
}

function joined(earlier: PlacedFinding, later: PlacedFinding): PlacedFinding {
  const worst = RANK[later.severity] < RANK[earlier.severity] ? later : earlier;
  return { ...worst, units: [...new Set([...earlier.units, ...later.units])] };
}

function placedFinding(finding: Finding, unit: string | undefined, values: ReadonlyMap<string, string>): PlacedFinding {
  const { code, severity, where = '' } = finding;
  const sentence = withoutCredentials(finding.sentence);
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/.exec(where) ?? [];
  const value = values.get(where);
  return {
    code,
    severity,
    sentence,
    ...(finding.hint === undefined ? {} : { hint: withoutCredentials(finding.hint) }),
    ...(file === undefined ? {} : { file, line: Number(line), column: Number(column) }),
    ...(value === undefined ? {} : { value }),
    units: unit === undefined ? [] : [unit],
    fingerprint: createHash('sha256')
      .update([code, file ?? '', sentence].join('\n'))
      .digest('hex')
      .slice(0, 20),
  };
}

/** `https://user:password@host` in a manifest is a secret in a manifest; it goes into no report. */
export function withoutCredentials(text: string): string {
  // from the beginning of a word only, so that a long one is read once
  return text.replace(/(?<![a-z0-9+.-])([a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, '$1***@');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
