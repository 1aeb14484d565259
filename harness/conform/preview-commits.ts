/**
 * The commits that claims will make, made in memory and rendered before anything is started: one that Git would not
 * declare as the claim says could only end in a red run that blames the wrong one.
 */
import { kindOf } from '../claims/declarations.ts';
import { describeHeld, sameHeld } from '../ledger/layer-steps.ts';
import { manifestFinding } from '../lint/claim-finding.ts';
import type { Finding } from '../lint/manifest-set.ts';
import { readDeclaredSplit, weightsOf } from '../lint/routes/declared-split.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import { withWeightsCommit } from '../profile/edit-values.ts';
import type { Profile } from '../profile/profile.ts';
import type { RenderManifests } from '../scene/git-source.ts';

/** Of a repository whose Application renders nothing. */
export const asTheyAre: RenderManifests = async (files) => files;

/** VALUES_WITHOUT_EFFECT, and the codes of withWeightsCommit, of rendering and of readDeclaredSplit; one for each claim. */
export async function previewCommits(
  { claims, file }: Pick<Profile, 'claims' | 'file'>,
  files: readonly RepositoryFile[],
  render: RenderManifests,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const claim of claims)
    for (const commit of kindOf(claim).commits?.(claim) ?? []) {
      const { virtualService, weights, values } = commit;
      const { name, namespace } = virtualService;
      const where = `${file} (${claim.id})`;
      try {
        const manifests = await render(withWeightsCommit(files, commit));
        const split = readDeclaredSplit(manifests, {
          virtualService: { name, namespace },
          namespace,
          isInPercent: true,
          askedAt: where,
        });
        const declared = weightsOf(split);
        if (sameHeld(declared, weights)) continue;
        findings.push({
          ...{ code: 'VALUES_WITHOUT_EFFECT', layer: 'manifest', severity: 'error' },
          where: `${split.file}:${split.line}`,
          sentence: `with ${describeHeld(weights)} in ${values?.file ?? 'the VirtualService'}, VirtualService ${name} renders to ${describeHeld(declared)}`,
          hint: 'Something else decides the weights: a constant in the template, another values file or a parameter of the Application.',
        });
      } catch (error) {
        findings.push(manifestFinding(error, where));
      }
      // the commits that follow would say the same
      break;
    }
  return findings;
}
