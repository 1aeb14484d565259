/** What is wrong with a policy by its own word and that of its webhook, whatever was answered; and problems in words. Pure. */
import type { ClaimReport, FindingReport } from '../../reports/model/run-report.ts';
import { combineOutcomes } from '../verdict/combine.ts';
import type { LivePolicy, PolicyKind } from './live-policy.ts';
import type { Refusal, RefusingPolicy } from './refusal.ts';

export interface PolicyProblem {
  readonly code: string;
  /** Whether the policy is refuted by it, or it only was not shown. */
  readonly outcome: 'failed' | 'inconclusive';
  readonly sentence: string;
  readonly hint: string;
}

/** Of what a claim says of its policy. */
export interface JudgedPolicy {
  readonly kind: PolicyKind;
  readonly policy: string;
  readonly namespace: string;
  readonly failsClosed: boolean;
}

/** @param shown what was answered, as the end of a sentence, such as `; 8 of 8 pods that lack something were admitted` */
export function standingProblems(
  { kind: { kind }, policy, namespace, failsClosed }: JudgedPolicy,
  live: LivePolicy,
  shown: string,
): readonly PolicyProblem[] {
  const name = `${kind} ${policy}`;
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
          `${name} is not about namespace ${namespace}: a namespaceSelector leaves it out${shown}`,
          'See spec.matchConstraints.namespaceSelector of the policy, and webhooks in the ConfigMap kyverno/kyverno.',
        )),
    ...(!failsClosed || live.failsClosed
      ? []
      : failed(
          'POLICY_FAILS_OPEN',
          `${name} is not asked while Kyverno is away: its failurePolicy is Ignore`,
          'Leave spec.failurePolicy out, or say failsClosed: false in the claim.',
        )),
  ];
}

/** Whether the policy can refuse at all: where it cannot, an admission is the fault of that and of nothing else. */
export const canRefuse = ({ webhook, isAboutNamespace, actions }: LivePolicy): boolean =>
  webhook !== undefined && isAboutNamespace && actions.includes('Deny');

/** A refusal that says nothing about any policy; undefined: policies said no. */
export function refusedByNoPolicy(what: string, { by, policies, text }: Refusal): PolicyProblem | undefined {
  if (by === 'kyverno' && policies.length > 0) return undefined;
  return {
    ...{ code: 'POLICY_REFUSED_BY_OTHER', outcome: 'inconclusive' },
    sentence: `${what} is refused by something else than a policy of Kyverno (${inShort(text)})`,
    hint: 'What the policy would have said was not asked: take that away, and run again.',
  };
}

/** What the policy itself said, or that it was among none of those who said no. */
export function ownRefusal(
  what: string,
  policy: string,
  refusal: Refusal,
):
  | { readonly own: RefusingPolicy; readonly problem?: never }
  | { readonly own?: never; readonly problem: PolicyProblem } {
  const nobody = refusedByNoPolicy(what, refusal);
  if (nobody) return { problem: nobody };
  const own = refusal.policies.find((one) => one.policy === policy);
  if (own) return { own };
  return {
    problem: {
      ...{ code: 'POLICY_REFUSED_BY_OTHER', outcome: 'inconclusive' },
      sentence: `${what} is refused by another policy (${saidBy(refusal.policies)})`,
      hint: 'Whether this one would refuse it was not shown.',
    },
  };
}

export const saidBy = (policies: readonly RefusingPolicy[]): string =>
  policies.map((one) => `${one.policy}: ${one.message}`).join('; ');

/** Position of the validation that says this, from 1; undefined: none of the policy as it is now. */
export function ruleOf({ validations }: LivePolicy, message: string): number | undefined {
  const exact = validations.findIndex((one) => one.message === message);
  // of an expression, or Kyverno's own words
  const at = exact >= 0 ? exact : validations.findIndex((one) => one.message === undefined);
  return at < 0 ? undefined : at + 1;
}

/** The refusal in a detail of the report. */
export function refusedBy(policy: string, live: LivePolicy | undefined, { policies, text }: Refusal): string {
  if (policies.length === 0) return `refused: ${text}`;
  const said = policies.map((one) => {
    const rule = live && one.policy === policy ? ruleOf(live, one.message) : undefined;
    return `${one.policy}${rule === undefined ? '' : `, validation ${rule}`}: ${one.message}`;
  });
  return `refused by ${said.join('; ')}`;
}

const MOST_WORDS = 200;
function inShort(text: string): string {
  const words = text.replace(/^.*?: \d{3} /s, '').replaceAll(/\s+/g, ' ');
  return words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words;
}

type Group = readonly [PolicyProblem, ...PolicyProblem[]];

/** Outcome, sentence and findings of a claim with these problems; those of one kind are told once. */
export function problemsInWords(
  problems: readonly PolicyProblem[],
  { where, passed }: { readonly where: string; readonly passed: () => string },
): Pick<ClaimReport, 'outcome' | 'sentence'> & { readonly findings: readonly FindingReport[] } {
  const groups = [...Map.groupBy(problems, ({ code }) => code).values()] as unknown as readonly Group[];
  return {
    outcome: combineOutcomes(['passed' as const, ...problems.map(({ outcome }) => outcome)]),
    sentence: groups.length > 0 ? `${groups.map(inWords).join('; ')}.` : passed(),
    findings: groups.map((group) => {
      const [{ code, hint, outcome }] = group;
      return {
        ...{ code, hint, where, layer: 'api', severity: outcome === 'failed' ? 'error' : 'warning' },
        sentence: `${inWords(group)}.`,
      };
    }),
  };
}

function inWords([{ sentence }, ...others]: Group): string {
  return others.length === 0 ? sentence : `${sentence} (so are ${others.length} more like it)`;
}

/** There is no conforming pod to begin with, so no refusal would show anything. */
export const nothingDeclared = (namespace: string): PolicyProblem => ({
  ...{ code: 'POLICY_NOTHING_DECLARED', outcome: 'inconclusive' },
  sentence: `Git declares nothing with pods in namespace ${namespace}`,
  hint: 'A conforming pod is one of the application: name the namespace that it is in.',
});
