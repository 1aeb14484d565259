/** What is wrong with a policy about requests and limits, from what the API server answered. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { type LivePolicy, recordsOf } from '../../kyverno/live-policy.ts';
import {
  canRefuse,
  ownRefusal,
  type PolicyProblem,
  refusedByNoPolicy,
  ruleOf,
  saidBy,
} from '../../kyverno/policy-problems.ts';
import type { Asked } from '../../kyverno/question.ts';
import { asRecord } from '../../lint/manifest-set.ts';
import { type PoliciesClaim, partsOf, type ResourceField } from './policies-claim.ts';
import type { ResourceQuestion } from './questions.ts';

/** How many violations were admitted, as the end of a sentence. */
export function admittedOf(asked: readonly Asked<ResourceQuestion>[]): string {
  const violations = asked.filter(({ question }) => question.lacks);
  const admitted = violations.filter(({ answer }) => answer.kind === 'admitted').length;
  return admitted === 0 ? '' : `; ${admitted} of ${violations.length} pods that lack something were admitted`;
}

/** What one answer shows; undefined: what was promised. */
export function answerProblem(
  { policy }: Pick<PoliciesClaim, 'policy'>,
  live: LivePolicy,
  { question, answer }: Asked<ResourceQuestion>,
): PolicyProblem | undefined {
  const { what, lacks } = question;
  if (answer.kind === 'admitted') {
    if (!lacks || !canRefuse(live)) return undefined;
    return stillLacks(answer.object, lacks.field, lacks.containers)
      ? {
          ...{ code: 'POLICY_ADMITS_VIOLATION', outcome: 'failed', sentence: `${what} is admitted` },
          hint: 'No rule of the policy looks at it: see its validations, matchConditions and exceptions, and resourceFilters in the ConfigMap kyverno/kyverno.',
        }
      : {
          ...{ code: 'POLICY_VIOLATION_FILLED_IN', outcome: 'inconclusive' },
          sentence: `${what} is admitted with ${lacks.field}, which something else has filled in`,
          hint: 'A LimitRange or a mutating webhook writes it before any policy is asked, so nobody sees what the policy would do.',
        };
  }
  const { refusal } = answer;
  if (!lacks)
    return (
      refusedByNoPolicy(what, refusal) ?? {
        ...{ code: 'POLICY_REFUSES_CONFORMING', outcome: 'failed' },
        sentence: `${what} is refused as Git declares it (${saidBy(refusal.policies)})`,
        hint: 'The next release of it will be refused, too: mend the policy, or what it refuses.',
      }
    );
  const { own, problem } = ownRefusal(what, policy, refusal);
  if (problem) return problem;
  const [group] = partsOf(lacks.field);
  if (own.isRule && ruleOf(live, own.message) !== undefined && own.message.toLowerCase().includes(group))
    return undefined;
  return {
    ...{ code: 'POLICY_REFUSAL_UNNAMED', outcome: 'failed' },
    sentence: `${what} is refused, but by no rule that names ${group} (${own.isRule ? '' : 'an error, '}${own.message})`,
    hint: `Give the validation a message that says that ${group} are missing; an error means that its expression reads a field that may not be there.`,
  };
}

function stillLacks(pod: KubeObject, field: ResourceField, names: readonly string[]): boolean {
  const [group, resource] = partsOf(field);
  const containers = recordsOf(pod.spec?.containers);
  return names.some((name) => {
    const found = containers.find((container) => container.name === name);
    return asRecord(asRecord(found?.resources)?.[group])?.[resource] === undefined;
  });
}
