/** Policies and scenarios of the design's validation tables; for tests and benchmarks. */
import type { Policy } from './policy.ts';
import { readPolicy } from './policy.ts';
import { DEFAULT_CONTROLLER, type Scenario } from './scenario.ts';
import type { PolicySource } from './simulation-input.ts';

export const ENVOY_BOUNDS_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];
export const CALM_LATENCY = { medianMs: 80, sigma: 0.5 };

export function scenario(changes: Partial<Scenario> & { readonly canaryErrors?: number } = {}): Scenario {
  const { canaryErrors = 0, ...rest } = changes;
  return {
    ...DEFAULT_CONTROLLER,
    arrivals: 'poisson',
    fano: 1,
    ratePerSecond: 100,
    stable: { errorShare: 0, latency: CALM_LATENCY },
    canary: { errorShare: canaryErrors, latency: CALM_LATENCY },
    scrapeIntervalMs: 15_000,
    bucketBoundsMs: ENVOY_BOUNDS_MS,
    ...rest,
  };
}

const CANARY = 'destination_version="v2"';
export const okShare = (window: string) =>
  `sum(rate(istio_requests_total{reporter="destination",${CANARY},response_code!~"5.."}[${window}])) / sum(rate(istio_requests_total{reporter="destination",${CANARY}}[${window}]))`;
export const guardedOkShare = (window: string) =>
  `(sum(rate(istio_requests_total{reporter="destination",${CANARY},response_code!~"5.."}[${window}])) or vector(0)) / sum(rate(istio_requests_total{reporter="destination",${CANARY}}[${window}]))`;
export const quantileMs = (quantile: number, window: string) =>
  `histogram_quantile(${quantile}, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter="destination",${CANARY}}[${window}])))`;

/** Steps in `weight/seconds`; the analysis runs in the background from the first step, or as the last step. */
export function policy(metric: Metric, steps: Steps = {}): Policy {
  const { rollout, templates, namespace } = policySource(metric, steps);
  return readPolicy(rollout, templates, namespace);
}

type Metric = Readonly<Record<string, unknown>> & { readonly query: string };
interface Steps {
  readonly steps?: readonly string[];
  readonly asStep?: boolean;
}

/** The manifests of it. */
export function policySource(
  metric: Metric,
  { steps = ['10/120', '25/120', '50/120', '100/120'], asStep = false }: Steps = {},
): PolicySource {
  const { query, ...fields } = metric;
  const use = { templates: [{ templateName: 'limits' }] };
  return {
    rollout: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'shop', namespace: 'demo' },
      spec: {
        selector: { matchLabels: { app: 'shop' } },
        template: { metadata: { labels: { app: 'shop', version: 'v2' } } },
        strategy: {
          canary: {
            trafficRouting: { istio: {} },
            ...(asStep ? {} : { analysis: use }),
            steps: [
              ...steps.flatMap((step) => {
                const [weight, seconds] = step.split('/');
                return [{ setWeight: Number(weight) }, ...(seconds ? [{ pause: { duration: `${seconds}s` } }] : [])];
              }),
              ...(asStep ? [{ analysis: use }] : []),
            ],
          },
        },
      },
    },
    templates: [
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AnalysisTemplate',
        metadata: { name: 'limits', namespace: 'demo' },
        spec: { metrics: [{ name: 'good-share', ...fields, provider: { prometheus: { query } } }] },
      },
    ],
    namespace: 'demo',
  };
}

export function referencePolicy(window: string, failureLimit: number): Policy {
  return policy({ query: okShare(window), interval: '30s', failureLimit, successCondition: 'result[0] >= 0.99' });
}
