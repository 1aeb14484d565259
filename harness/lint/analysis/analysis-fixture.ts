/** Test support: a unit with one Rollout whose analyses are to be judged. */
import { stringify } from 'yaml';
import { lintManifests } from '../lint-manifests.ts';
import type { Finding } from '../manifest-set.ts';

export interface UnitOptions {
  /** Of the template `check`. */
  readonly metrics?: readonly unknown[];
  readonly args?: readonly unknown[];
  /** More of the template's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Of the Rollout's canary strategy; runs `check` in a step unless it says otherwise. */
  readonly canary?: Readonly<Record<string, unknown>>;
  readonly more?: readonly unknown[];
}

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] },
});

function unitOf({ metrics = [], args, spec = {}, canary = {}, more = [] }: UnitOptions): string {
  const template = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name: 'check' },
    spec: { ...(args ? { args } : {}), metrics, ...spec },
  };
  const rollout = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'shop' },
    spec: {
      template: { metadata: { labels: { app: 'shop' } } },
      strategy: {
        canary: {
          canaryService: 'shop-canary',
          stableService: 'shop-stable',
          steps: [{ setWeight: 10 }, { analysis: { templates: [{ templateName: 'check' }] } }],
          ...canary,
        },
      },
    },
  };
  const objects = [template, rollout, service('shop'), service('shop-canary'), service('shop-stable'), ...more];
  return objects.map((object) => stringify(object)).join('---\n');
}

/** Findings about analyses, of one code or all of them. */
export function analysisFindingsOf(options: UnitOptions, code?: string): readonly Finding[] {
  const findings = lintManifests([{ path: 'unit.yaml', text: unitOf(options) }], { namespace: 'shop' });
  return findings.filter((finding) => (code === undefined ? /^ANALYSIS/.test(finding.code) : finding.code === code));
}

/** A metric of Prometheus that ends. */
export function metricOf(
  query: string,
  rest: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    name: 'success-rate',
    interval: '30s',
    count: 3,
    successCondition: 'len(result) == 1 && !isNaN(result[0]) && result[0] >= 0.99',
    failureCondition: 'len(result) == 1 && !isNaN(result[0]) && result[0] < 0.99',
    provider: { prometheus: { address: 'http://prometheus:9090', query } },
    ...rest,
  };
}

export const CANARY_REQUESTS = 'istio_requests_total{destination_service="shop-canary.shop.svc.cluster.local"';
/** The share of good answers that the canary gives. */
export const CANARY_SUCCESS = `sum(rate(${CANARY_REQUESTS},response_code!~"5.."}[1m])) / sum(rate(${CANARY_REQUESTS}}[1m]))`;
