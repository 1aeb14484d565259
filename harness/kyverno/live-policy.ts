/** A policy of `policies.kyverno.io` as the cluster has it: what it does by its own word, and whether the API server asks it at all. Pure. */
import type { Collection, KubeObject } from '../../k8s/client/object.ts';
import { asLabels, asList, asRecord } from '../lint/manifest-set.ts';

export interface PolicyKind {
  readonly kind: 'ValidatingPolicy' | 'ImageValidatingPolicy';
  readonly collection: Collection;
  /** How the names begin of the webhooks by which it is asked whether an object may be made. */
  readonly webhooks: string;
}

export const VALIDATING: PolicyKind = {
  kind: 'ValidatingPolicy',
  collection: { apiVersion: 'policies.kyverno.io/v1', resource: 'validatingpolicies' },
  webhooks: 'vpol.validate.kyverno.svc',
};

export const IMAGE_VALIDATING: PolicyKind = {
  kind: 'ImageValidatingPolicy',
  collection: { apiVersion: 'policies.kyverno.io/v1', resource: 'imagevalidatingpolicies' },
  webhooks: 'ivpol.validate.kyverno.svc',
};

/** Where Kyverno has the API server ask about everything but its own objects. */
export const WEBHOOKS = {
  collection: { apiVersion: 'admissionregistration.k8s.io/v1', resource: 'validatingwebhookconfigurations' },
  name: 'kyverno-resource-validating-webhook-cfg',
} as const;

export interface LivePolicy {
  /** `Deny`, `Audit`, `Warn`. */
  readonly actions: readonly string[];
  readonly validations: readonly Validation[];
  /** Of the webhook by which the API server asks it about pods that are made; undefined: there is none. */
  readonly webhook: { readonly name: string; readonly failurePolicy: string } | undefined;
  /** Whether policy and webhook are about the namespace. */
  readonly isAboutNamespace: boolean;
  readonly failsClosed: boolean;
}

export interface Validation {
  /** Undefined: an expression makes it, or nobody wrote one. */
  readonly message: string | undefined;
}

/** Kyverno's own word; nothing else says that it has looked at the policy. */
export function isReady(policy: KubeObject | undefined): boolean {
  return asRecord(asRecord(policy?.status)?.conditionStatus)?.ready === true;
}

/** Why it is not, in Kyverno's words. */
export function whyNotReady(policy: KubeObject | undefined): string {
  if (policy === undefined) return 'it is not in the cluster';
  const { conditions } = asRecord(asRecord(policy.status)?.conditionStatus) ?? {};
  const unmet = recordsOf(conditions)
    .filter(({ status }) => status !== 'True')
    .map(({ type, message }) => `${type}: ${message}`);
  return unmet.join('; ') || 'Kyverno has said nothing about it';
}

/** A policy is called ready from its last time on, also while a Kyverno that has just started registers it anew. */
export function isRegistered(configuration: KubeObject | undefined, kind: PolicyKind, policy: string): boolean {
  return recordsOf(configuration?.webhooks).some((webhook) => asks(webhook, kind, policy));
}

/** @param configuration that is called WEBHOOKS */
export function livePolicy(
  kind: PolicyKind,
  policy: KubeObject,
  configuration: KubeObject | undefined,
  namespace: KubeObject | undefined,
): LivePolicy {
  const { spec } = policy;
  const labels = asLabels(namespace?.metadata.labels);
  const found = recordsOf(configuration?.webhooks).filter((webhook) => asks(webhook, kind, policy.metadata.name));
  // several where one calls nobody of this namespace
  const webhook = found.find(({ namespaceSelector }) => selects(namespaceSelector, labels)) ?? found[0];
  const failurePolicy = String(webhook?.failurePolicy ?? 'Fail');
  return {
    actions: asList(spec?.validationActions).map(String),
    validations: asList(spec?.validations).map((one) => {
      const { message, messageExpression } = asRecord(one) ?? {};
      return { message: typeof message === 'string' && messageExpression === undefined ? message.trim() : undefined };
    }),
    webhook: webhook && { name: String(webhook.name), failurePolicy },
    isAboutNamespace:
      selects(asRecord(spec?.matchConstraints)?.namespaceSelector, labels) &&
      (webhook === undefined || selects(webhook.namespaceSelector, labels)),
    failsClosed: (spec?.failurePolicy ?? 'Fail') === 'Fail' && failurePolicy === 'Fail',
  };
}

/** Those of a list that are mappings. */
export function recordsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return asList(value).flatMap((one) => {
    const record = asRecord(one);
    return record ? [record] : [];
  });
}

/** Kyverno writes the names of the policies that it is asked about into the path. */
function asks(
  { name, clientConfig, rules }: Readonly<Record<string, unknown>>,
  { webhooks }: PolicyKind,
  policy: string,
): boolean {
  const path = asRecord(asRecord(clientConfig)?.service)?.path ?? asRecord(clientConfig)?.url;
  return (
    String(name).startsWith(webhooks) &&
    String(path).split('/').includes(policy) &&
    recordsOf(rules).some(
      ({ resources, operations }) =>
        asList(resources).some((one) => ['pods', 'pods/*', '*', '*/*'].includes(String(one))) &&
        asList(operations).some((one) => ['CREATE', '*'].includes(String(one))),
    )
  );
}

/** A selector of labels as the API server understands it; none selects everything. */
function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels, matchExpressions } = asRecord(selector) ?? {};
  return (
    Object.entries(asLabels(matchLabels)).every(([key, value]) => labels[key] === value) &&
    asList(matchExpressions).every((one) => {
      const { key, operator, values } = asRecord(one) ?? {};
      const value = labels[String(key)];
      const isAmong = value !== undefined && asList(values).includes(value);
      if (operator === 'In') return isAmong;
      if (operator === 'NotIn') return !isAmong;
      return operator === 'Exists' ? value !== undefined : operator === 'DoesNotExist' && value === undefined;
    })
  );
}
