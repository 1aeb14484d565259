/** What Git declares at the revision that was applied: the standard that the API object is held to. */
import type { AppliedStep, GitStep, LedgerEvidence } from './evidence.ts';

/** One step for each time another commit was applied; the newest commit where nobody knows what was. */
export function syncedGit({ git, applied }: Pick<LedgerEvidence, 'git' | 'applied'>): readonly GitStep[] {
  const known = applied.filter((step) => step.commit !== undefined);
  if (known.length === 0) return git;
  const steps: GitStep[] = [];
  for (const { atMs, commit } of known) {
    const declared = git.find((step) => step.commit === commit);
    if (declared && steps.at(-1)?.commit !== commit) steps.push({ ...declared, atMs });
  }
  return steps;
}

/** The controller's policy at a moment. */
export function policyAt(applied: readonly AppliedStep[], ms: number): AppliedStep | undefined {
  return applied.findLast((step) => step.atMs <= ms);
}
