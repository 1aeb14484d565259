/** What can be said of a claim `policies` before anything runs: what the policy in Git says, and whom it would refuse. Pure. */

import { claimFinding } from '../../lint/claim-finding.ts';
import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  findingAt,
  type ManifestFile,
  nameOf,
  parseManifestSet,
} from '../../lint/manifest-set.ts';
import { declaredWorkloads } from './declared-workloads.ts';
import { isImplied, type PoliciesClaim, partsOf } from './policies-claim.ts';

const GROUP = 'policies.kyverno.io';

/** POLICY_UNDECLARED, POLICY_ONLY_AUDITS, POLICY_FAILS_OPEN; POLICY_UNMET is a warning, as something may fill it in. */
export function lintPolicies(claim: PoliciesClaim, files: readonly ManifestFile[]): readonly Finding[] {
  const { objects } = parseManifestSet(files, claim.home);
  const named = objects.filter(({ name }) => name === claim.policy);
  const policy = named.find(({ group, kind }) => group === GROUP && kind === 'ValidatingPolicy');
  if (!policy) {
    const older = named.some(({ kind }) => kind === 'ClusterPolicy');
    return [
      {
        ...claimFinding('POLICY_UNDECLARED', `Git declares no ValidatingPolicy ${claim.policy}`, claim.id),
        hint: older
          ? 'There is a ClusterPolicy of that name. Kyverno 1.17 has deprecated it and 1.20 takes it away: say the same in a ValidatingPolicy of policies.kyverno.io/v1.'
          : 'It is a kind of policies.kyverno.io/v1.',
      },
    ];
  }
  const spec = asRecord(policy.value.spec);
  const actions = asList(spec?.validationActions).map(String);
  return [
    ...(actions.includes('Deny')
      ? []
      : [
          errorAt(policy, ['spec', 'validationActions'], {
            code: 'POLICY_ONLY_AUDITS',
            sentence: `ValidatingPolicy ${claim.policy} refuses nothing: its validationActions are ${actions.join(', ') || 'empty'}`,
            hint: 'Put Deny among them.',
          }),
        ]),
    ...(claim.failsClosed && spec?.failurePolicy === 'Ignore'
      ? [
          errorAt(policy, ['spec', 'failurePolicy'], {
            code: 'POLICY_FAILS_OPEN',
            sentence: `ValidatingPolicy ${claim.policy} is not asked while Kyverno is away`,
            hint: 'Leave it out (Fail), or say failsClosed: false in the claim.',
          }),
        ]
      : []),
    ...unmet(claim, files),
  ];
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
