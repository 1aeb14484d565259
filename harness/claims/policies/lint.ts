/** What can be said of a claim `policies` before anything runs: what the policy in Git says, and whom it would refuse. Pure. */

import { declaredWorkloads } from '../../kyverno/declared-workloads.ts';
import { lintPolicy } from '../../kyverno/lint-policy.ts';
import { VALIDATING } from '../../kyverno/live-policy.ts';
import { type Finding, findingAt, type ManifestFile, nameOf } from '../../lint/manifest-set.ts';
import { isImplied, type PoliciesClaim, partsOf } from './policies-claim.ts';

/** What `lintPolicy` finds; POLICY_UNMET is a warning, as something may fill it in. */
export function lintPolicies(claim: PoliciesClaim, files: readonly ManifestFile[]): readonly Finding[] {
  const { policy, findings } = lintPolicy(VALIDATING, claim, files);
  return policy ? [...findings, ...unmet(claim, files)] : findings;
}

function unmet(claim: PoliciesClaim, files: readonly ManifestFile[]): readonly Finding[] {
  const fields = claim.requires.filter((field) => !isImplied(field, claim.requires));
  return declaredWorkloads(files, claim).flatMap(({ object, template, path }) =>
    template.spec.containers.flatMap(({ name, resources = {} }, index) =>
      fields
        .filter((field) => {
          const [group, resource] = partsOf(field);
          return resources[group]?.[resource] === undefined && resources.limits?.[resource] === undefined;
        })
        .map((field) =>
          findingAt(object, [...path, 'spec', 'containers', index], {
            ...{ code: 'POLICY_UNMET', severity: 'warning' },
            sentence: `container ${name} of ${nameOf(object)} has no ${field}, which ${claim.policy} is to require`,
            hint: 'Unless something fills it in before Kyverno is asked, the pod will be refused.',
          }),
        ),
    ),
  );
}
