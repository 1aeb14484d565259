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
export function placeFindings(judged: readonly UnitFindings[]): readonly PlacedFinding[] {
  const byPlace = new Map<string, { worst: PlacedFinding; readonly units: Set<string> }>();
  for (const { unit, findings, values } of judged)
    for (const finding of findings) {
      const placed = placedFinding(finding, unit, values);
      // the same slip of a base shows in each overlay, under another namespace
      const key = placed.line === undefined ? `${placed.code}\n${placed.sentence}` : `${placed.code}\n${finding.where}`;
      const earlier = byPlace.get(key);
      if (!earlier) byPlace.set(key, { worst: placed, units: new Set(placed.units) });
      else {
        if (RANK[placed.severity] < RANK[earlier.worst.severity]) earlier.worst = placed;
        for (const one of placed.units) earlier.units.add(one);
      }
    }
  const all = [...byPlace.values()].map(({ worst, units }) => ({ ...worst, units: [...units] }));
  return all.toSorted(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] ||
      compare(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compare(a.code, b.code),
  );
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
