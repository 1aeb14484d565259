/** What a finding points at, beside its layer and place. */
import { formatClock } from './figures.ts';
import type { FindingReport } from './run-report.ts';

/** Label and value of each pointer that the finding carries, most telling first. */
export function findingPointersOf(finding: FindingReport): readonly (readonly [string, string])[] {
  const all: readonly (readonly [string, string | undefined])[] = [
    ['object', finding.object],
    ['field', finding.field],
    ['writer', finding.writer],
    ['proxy', finding.proxy],
    ['since', finding.atMs === undefined ? undefined : `${formatClock(finding.atMs, true)} UTC`],
    ['explains', finding.claimIds?.join(', ')],
  ];
  return all.flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as const]));
}

/** "object VirtualService a/b, writer kubectl-edit"; undefined when it points at nothing. */
export function pointerText(finding: FindingReport): string | undefined {
  const pointers = findingPointersOf(finding);
  return pointers.length === 0 ? undefined : pointers.map(([label, value]) => `${label} ${value}`).join(', ');
}
