/** Findings that a team knows of and lives with for now: a file in the repository, without lines, so that edits do not break it. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { usageError } from '../errors/harness-error.ts';
import { writeFileAtomic } from '../process/atomic-file.ts';
import type { PlacedFinding } from './placed-findings.ts';

const SCHEMA_VERSION = 'canaryproof.dev/lint-baseline/v1alpha1';

const baselineSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  findings: z.array(
    z.object({
      code: z.string(),
      file: z.string().optional(),
      sentence: z.string(),
      fingerprint: z.string(),
      count: z.int().positive(),
    }),
  ),
});

/** How often each fingerprint is known. */
export type Known = ReadonlyMap<string, number>;

/** @throws HarnessError BASELINE_MISSING, BASELINE_INVALID (exit 2) */
export async function readBaseline(file: string): Promise<Known> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw usageError('BASELINE_MISSING', 'the baseline cannot be read', {
      where: file,
      hint: 'Write one with --write-baseline FILE.',
      cause,
    });
  });
  const parsed = baselineSchema.safeParse(jsonOf(text));
  if (!parsed.success)
    throw usageError('BASELINE_INVALID', `this is no baseline of canaryproof (${SCHEMA_VERSION})`, {
      where: file,
      hint: 'Write it again with --write-baseline FILE.',
    });
  return new Map(parsed.data.findings.map(({ fingerprint, count }) => [fingerprint, count]));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function writeBaseline(file: string, findings: readonly PlacedFinding[]): Promise<void> {
  const groups = Map.groupBy(findings, ({ fingerprint }) => fingerprint);
  const entries = [...groups.values()].map((group) => {
    const [{ code, file: place, sentence, fingerprint }] = group as [PlacedFinding, ...PlacedFinding[]];
    return { code, ...(place === undefined ? {} : { file: place }), sentence, fingerprint, count: group.length };
  });
  await writeFileAtomic(file, `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, findings: entries }, null, 2)}\n`);
}

export function countByFingerprint(findings: readonly PlacedFinding[]): Known {
  const counts = new Map<string, number>();
  for (const { fingerprint } of findings) counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
  return counts;
}

/** Gives each finding that is known another state, as often as it is known. */
export function markKnown<Found extends PlacedFinding & { readonly state: string }, State extends string>(
  findings: readonly Found[],
  known: Known,
  state: State,
): readonly (Omit<Found, 'state'> & { readonly state: Found['state'] | State })[] {
  const left = new Map(known);
  return findings.map((finding) => {
    const count = left.get(finding.fingerprint) ?? 0;
    if (finding.state !== 'new' || count === 0) return finding;
    left.set(finding.fingerprint, count - 1);
    return { ...finding, state };
  });
}
