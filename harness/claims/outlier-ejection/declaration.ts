/** Claim kind `outlier-ejection`: an endpoint that errs is taken out at the declared number, and comes back in time. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { receiverPods } from '../../documents/claim-atoms.ts';
import { claimBase, text, trafficPath } from '../../documents/document-atoms.ts';
import { seconds } from '../../documents/figures.ts';
import type { ClaimBase, PodSelector, TrafficPath } from '../../documents/references.ts';
import { policyFindings } from '../../lint/routes/declared-policies.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';

export interface OutlierEjectionClaim extends ClaimBase {
  readonly kind: 'outlier-ejection';
  /** Every endpoint of the service. */
  readonly receiver: PodSelector;
  readonly service: string;
  readonly consecutiveErrors: number;
  /** Status of the errors. */
  readonly failWith: number;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionPercent: number;
  readonly path: TrafficPath;
}

/** Those that `consecutiveGatewayErrors` counts; `consecutive5xxErrors` counts all of 500 to 599. */
const GATEWAY_ERRORS = [502, 503, 504];

export const outlierEjection = claimKind({
  kind: 'outlier-ejection',
  summary: 'an endpoint that errs is ejected after the declared number of errors, comes back in time, and not all go',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('outlier-ejection'),
    receiver: receiverPods.describe('every pod behind the service: one of them errs, and then all of them do'),
    service: text.describe('how those pods call themselves'),
    consecutiveErrors: z
      .int()
      .min(1)
      .max(100)
      .describe('as `consecutive5xxErrors` or `consecutiveGatewayErrors` declares it'),
    failWith: z.int().min(500).max(599).default(500).describe('status of the errors; one that no route tries again'),
    interval: durationText.default('10s').describe('as `interval` declares it'),
    baseEjectionTime: durationText.default('30s').describe('as `baseEjectionTime` declares it'),
    maxEjectionPercent: z.int().min(1).max(100).default(10).describe('as `maxEjectionPercent` declares it'),
    path: trafficPath.describe('clients of one proxy, each request of which makes one to the service'),
  }),
  resolve: ({ path, receiver, interval, baseEjectionTime, ...claim }, { home, pathOf }): OutlierEjectionClaim => ({
    ...claim,
    path: pathOf(path),
    intervalMs: durationToMs(interval)!,
    baseEjectionMs: durationToMs(baseEjectionTime)!,
    receiver: { ...receiver, namespace: receiver.namespace ?? home },
  }),
  lint: ({ consecutiveErrors, failWith, maxEjectionPercent, receiver }: OutlierEjectionClaim, context) => [
    ...policyFindings(
      {
        kind: GATEWAY_ERRORS.includes(failWith)
          ? ['consecutive5xxErrors', 'consecutiveGatewayErrors']
          : ['consecutive5xxErrors'],
        is: (value) => value === consecutiveErrors,
        said: `ejected after ${consecutiveErrors} errors`,
      },
      context,
      receiver,
    ),
    ...policyFindings(
      {
        kind: 'maxEjectionPercent',
        is: (value) => value === maxEjectionPercent,
        said: `at most ${maxEjectionPercent} % ejected`,
      },
      context,
      receiver,
    ),
  ],
  plan: ({ id, path, service, intervalMs, baseEjectionMs }): readonly PlanLine[] => [
    {
      section: 'Load',
      line: `${id} ${path.kind}: ${path.ratePerSecond} requests/s while one endpoint of ${service} errs, until it is back ${seconds(baseEjectionMs)} to ${seconds(baseEjectionMs + intervalMs)} after its ejection, and while all err`,
    },
  ],
  paths: ({ path }) => [path],
  addons: ['istio'],
});
