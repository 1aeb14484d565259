/** What is wrong with a policy, from what it says, who asks it, and what the API server answered. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { asRecord } from '../../lint/manifest-set.ts';
import type { Asked } from './ask.ts';
import { type LivePolicy, recordsOf } from './live-policy.ts';
import { type PoliciesClaim, partsOf, type ResourceField } from './policies-claim.ts';

export interface PolicyProblem {
  readonly code: string;
  /** Whether the policy is refuted by it, or it only was not shown. */
  readonly outcome: 'failed' | 'inconclusive';
  readonly sentence: string;
  readonly hint: string;
}

/** What the policy and its webhook say, whatever was answered. */
export function standingProblems(
  claim: PoliciesClaim,
  live: LivePolicy,
  asked: readonly Asked[],
): readonly PolicyProblem[] {
  const name = `ValidatingPolicy ${claim.policy}`;
  const violations = asked.filter(({ question }) => question.lacks);
  const admitted = violations.filter(({ answer }) => answer.kind === 'admitted').length;
  const shown = admitted === 0 ? '' : `; ${admitted} of ${violations.length} pods that lack something were admitted`;
  const failed = (code: string, sentence: string, hint: string): PolicyProblem[] => [
    { code, outcome: 'failed', sentence, hint },
  ];
  return [
    ...(live.actions.includes('Deny')
      ? []
      : failed(
          'POLICY_ONLY_AUDITS',
          `${name} refuses nothing: its validationActions are ${live.actions.join(', ') || 'empty'}${shown}`,
          'Put Deny among spec.validationActions.',
        )),
    ...(live.webhook
      ? []
      : failed(
          'POLICY_NOT_REGISTERED',
          `no webhook asks Kyverno about ${name} when a pod is made${shown}`,
          'spec.matchConstraints must name pods and CREATE, and spec.evaluation.admission must not be off; else look at the log of Kyverno.',
        )),
    ...(live.isAboutNamespace
      ? []
      : failed(
          'POLICY_NAMESPACE_EXCLUDED',
          `${name} is not about namespace ${claim.namespace}: a namespaceSelector leaves it out${shown}`,
          'See spec.matchConstraints.namespaceSelector of the policy, and webhooks in the ConfigMap kyverno/kyverno.',
        )),
    ...(!claim.failsClosed || live.failsClosed
      ? []
      : failed(
          'POLICY_FAILS_OPEN',
          `${name} is not asked while Kyverno is away: its failurePolicy is Ignore`,
          'Leave spec.failurePolicy out, or say failsClosed: false in the claim.',
        )),
  ];
}

/** What one answer shows; undefined: what was promised. */
export function answerProblem(
  { policy }: PoliciesClaim,
  live: LivePolicy,
  { question, answer }: Asked,
): PolicyProblem | undefined {
  const { what, lacks } = question;
  if (answer.kind === 'admitted') {
    if (!lacks || !live.webhook || !live.isAboutNamespace || !live.actions.includes('Deny')) return undefined;
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
  const { by, policies, text } = answer.refusal;
  if (by !== 'kyverno' || policies.length === 0)
    return {
      ...{ code: 'POLICY_REFUSED_BY_OTHER', outcome: 'inconclusive' },
      sentence: `${what} is refused by something else than a ValidatingPolicy (${inShort(text)})`,
      hint: 'What the policy would have said was not asked: take that away, and run again.',
    };
  const said = policies.map((one) => `${one.policy}: ${one.message}`).join('; ');
  if (!lacks)
    return {
      ...{
        code: 'POLICY_REFUSES_CONFORMING',
        outcome: 'failed',
        sentence: `${what} is refused as Git declares it (${said})`,
      },
      hint: 'The next release of it will be refused, too: mend the policy, or what it refuses.',
    };
  const own = policies.find((one) => one.policy === policy);
  if (!own)
    return {
      ...{ code: 'POLICY_REFUSED_BY_OTHER', outcome: 'inconclusive' },
      sentence: `${what} is refused by another policy (${said})`,
      hint: 'Whether this one would refuse it was not shown.',
    };
  const [group] = partsOf(lacks.field);
  if (own.isRule && ruleOf(live, own.message) !== undefined && own.message.toLowerCase().includes(group))
    return undefined;
  return {
    ...{ code: 'POLICY_REFUSAL_UNNAMED', outcome: 'failed' },
    sentence: `${what} is refused, but by no rule that names ${group} (${own.isRule ? '' : 'an error, '}${own.message})`,
    hint: `Give the validation a message that says that ${group} are missing; an error means that its expression reads a field that may not be there.`,
  };
}

/** Position of the validation that says this, from 1; undefined: none of the policy as it is now. */
export function ruleOf({ validations }: LivePolicy, message: string): number | undefined {
  const exact = validations.findIndex((one) => one.message === message);
  // of an expression, or Kyverno's own words
  const at = exact >= 0 ? exact : validations.findIndex((one) => one.message === undefined);
  return at < 0 ? undefined : at + 1;
}

function stillLacks(pod: KubeObject, field: ResourceField, names: readonly string[]): boolean {
  const [group, resource] = partsOf(field);
  const containers = recordsOf(pod.spec?.containers);
  return names.some((name) => {
    const found = containers.find((container) => container.name === name);
    return asRecord(asRecord(found?.resources)?.[group])?.[resource] === undefined;
  });
}

const MOST_WORDS = 200;
function inShort(text: string): string {
  const words = text.replace(/^.*?: \d{3} /s, '').replaceAll(/\s+/g, ' ');
  return words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words;
}
