/** What is said of a conformance run before anything is started: what cannot be judged, and what will not be. */
import type { FindingReport } from '../../reports/model/run-report.ts';
import { splitsOf } from '../claims/declarations.ts';
import { usageError } from '../errors/harness-error.ts';
import type { ManifestFile } from '../lint/manifest-set.ts';
import { readDeclaredSplit } from '../lint/routes/declared-split.ts';
import type { Profile } from '../profile/profile.ts';
import { expectationOf } from '../verdict/split-expectation.ts';
import { validateSplitExpectation } from '../verdict/split-judge.ts';
import type { TourStop } from './fault-tour.ts';
import type { ConformInput } from './input.ts';

/**
 * A declared split that no number of requests can judge at this assurance.
 * @throws HarnessError, exit 2
 */
export function refuseUnjudgeable(
  { profile, assurance }: Pick<ConformInput, 'profile' | 'assurance'>,
  files: readonly ManifestFile[],
): void {
  for (const { id, virtualService } of splitsOf(profile.claims)) {
    const { name, namespace } = virtualService;
    const askedAt = `${profile.file} (${id})`;
    const split = readDeclaredSplit(files, { virtualService: { name, namespace }, namespace, askedAt });
    validateSplitExpectation(expectationOf(split, assurance));
  }
}

/** A green run of some claims must not be taken for one of all. */
export function leftOut(
  { claimsLeftOut, profile }: Pick<ConformInput, 'claimsLeftOut' | 'profile'>,
  stops: readonly TourStop[] | undefined,
): FindingReport[] {
  const beside = stops ? profile.claims.filter((claim) => stops.every((stop) => stop.claim !== claim)) : [];
  const left = [...claimsLeftOut, ...beside.map(({ id }) => id)];
  if (left.length === 0) return [];
  const all = claimsLeftOut.length + profile.claims.length;
  return [
    {
      code: 'CLAIMS_LEFT_OUT',
      layer: 'instrument',
      severity: 'info',
      sentence: `${left.length} of the ${all} claims of ${profile.name} were not asked for, and this run says nothing about them: ${left.join(', ')}.`,
      where: profile.file,
      hint: stops
        ? 'Faults in turn are judged by the split claims alone; name one --fault only to judge every claim under it.'
        : 'Leave --claim out to judge every claim.',
    },
  ];
}

/**
 * Errors for which a run is refused. In a repository that a profile only refers to, what is wrong with the manifests is
 * theirs: it is said, and traffic shows what it does. What a claim speaks of must be there all the same.
 * @param manifests findings of the manifests, among all of them
 */
export function refusing(
  findings: readonly FindingReport[],
  manifests: readonly FindingReport[],
  { source }: Pick<Profile, 'source'>,
): readonly FindingReport[] {
  const theirs = new Set(source.repository ? manifests : []);
  return findings.filter((finding) => finding.severity === 'error' && !theirs.has(finding));
}

/** What of somebody's manifests the run changed: they stand in the report, beside the verdict about the rest. */
export function exceptions(
  sentences: readonly string[],
  { source }: Pick<Profile, 'source'>,
): readonly FindingReport[] {
  return sentences.map((sentence) => ({
    code: 'MANIFEST_CHANGED',
    layer: 'instrument',
    severity: 'info',
    sentence: `The run changed ${sentence}`,
    ...(source.repository ? { where: source.repository.overlay } : {}),
  }));
}

/** @throws HarnessError with the code of the first error, exit 2 */
export function refuseErrors(errors: readonly FindingReport[], profile: Profile): void {
  const [first, ...others] = errors;
  if (!first) return;
  const lines = others.map((finding) => `${finding.where ?? ''} ${finding.code}: ${finding.sentence}`.trim());
  throw usageError(first.code, [first.sentence, ...lines].join('\n'), {
    where: first.where ?? profile.file,
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}
