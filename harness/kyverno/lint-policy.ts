/** What can be said of a policy in Git before anything runs, whatever it is about. Pure. */
import { claimFinding } from '../lint/claim-finding.ts';
import {
  asList,
  asRecord,
  errorAt,
  type Finding,
  type ManifestFile,
  type ManifestObject,
  parseManifestSet,
} from '../lint/manifest-set.ts';
import type { PolicyKind } from './live-policy.ts';

const GROUP = 'policies.kyverno.io';

export interface LintedPolicy {
  /** Undefined where Git declares none, which is among the findings. */
  readonly policy: ManifestObject | undefined;
  /** POLICY_UNDECLARED, POLICY_ONLY_AUDITS, POLICY_FAILS_OPEN. */
  readonly findings: readonly Finding[];
}

export function lintPolicy(
  { kind }: Pick<PolicyKind, 'kind'>,
  claim: { readonly id: string; readonly policy: string; readonly failsClosed: boolean; readonly home: string },
  files: readonly ManifestFile[],
): LintedPolicy {
  const { objects } = parseManifestSet(files, claim.home);
  const named = objects.filter(({ name }) => name === claim.policy);
  const policy = named.find((object) => object.group === GROUP && object.kind === kind);
  if (!policy) {
    const older = named.some((object) => object.kind === 'ClusterPolicy');
    const undeclared = {
      ...claimFinding('POLICY_UNDECLARED', `Git declares no ${kind} ${claim.policy}`, claim.id),
      hint: older
        ? `There is a ClusterPolicy of that name. Kyverno 1.17 has deprecated it and 1.20 takes it away: say the same in a kind of ${GROUP}/v1.`
        : `It is a kind of ${GROUP}/v1.`,
    };
    return { policy, findings: [undeclared] };
  }
  const spec = asRecord(policy.value.spec);
  const actions = asList(spec?.validationActions).map(String);
  const audits = errorAt(policy, ['spec', 'validationActions'], {
    code: 'POLICY_ONLY_AUDITS',
    sentence: `${kind} ${claim.policy} refuses nothing: its validationActions are ${actions.join(', ') || 'empty'}`,
    hint: 'Put Deny among them.',
  });
  const failsOpen = errorAt(policy, ['spec', 'failurePolicy'], {
    code: 'POLICY_FAILS_OPEN',
    sentence: `${kind} ${claim.policy} is not asked while Kyverno is away`,
    hint: 'Leave it out (Fail), or say failsClosed: false in the claim.',
  });
  return {
    policy,
    findings: [
      ...(actions.includes('Deny') ? [] : [audits]),
      ...(claim.failsClosed && spec?.failurePolicy === 'Ignore' ? [failsOpen] : []),
    ],
  };
}
