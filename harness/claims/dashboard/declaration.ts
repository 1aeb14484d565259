/** Claim kind `dashboard`: every panel of a dashboard in Git shows the run's own traffic, and the golden signals are covered. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { receiverPods, share } from '../../documents/claim-atoms.ts';
import { claimBase, dnsLabel, insidePath, text, trafficPath } from '../../documents/document-atoms.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';
import type { DashboardClaim } from './dashboard-claim.ts';
import { lintDashboards } from './lint.ts';
import { SIGNALS } from './queries/metric-reading.ts';

export const dashboard = claimKind({
  kind: 'dashboard',
  summary: "every panel query returns the run's own traffic, and latency, traffic, errors and saturation are shown",
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('dashboard'),
    dashboards: z
      .array(insidePath)
      .min(1)
      .describe("files in Git: a dashboard's JSON, or ConfigMaps as the sidecar of Grafana's chart takes them"),
    label: text.default('grafana_dashboard').describe('of ConfigMaps that hold dashboards'),
    dataSources: insidePath
      .optional()
      .describe('file in Git that provisions the data sources of Grafana, or ConfigMaps with it'),
    prometheus: z
      .strictObject({
        name: text,
        uid: text.optional(),
      })
      .optional()
      .describe('how dashboards call the Prometheus, where Git does not say it; it is the default data source'),
    signals: z
      .array(z.enum(SIGNALS))
      .min(1)
      .default([...SIGNALS])
      .describe('of which each must be shown by a panel, by what its query reads'),
    service: text.describe('service in the chain of hops that clients ask'),
    services: z
      .array(text)
      .min(1)
      .optional()
      .describe('Services that the mesh counts those requests under, together; default: the service'),
    calls: z
      .record(z.string().min(1), z.number().positive())
      .default({})
      .describe('other Service -> how many requests to it one request of the clients makes'),
    namespace: dnsLabel.optional().describe("of those Services; default: the profile's first namespace"),
    path: trafficPath,
    errors: z
      .strictObject({
        receiver: receiverPods.describe('pods of the stand-in that clients ask'),
        share: share.default(0.1).describe('of their answers'),
      })
      .optional()
      .describe('status 500 while the load runs, so that panels of errors have something to show; default: none'),
    longestLoad: durationText
      .default('6m')
      .describe('the load lasts as long as the longest window of a query, at most so long'),
  }),
  resolve({ namespace, calls, services, errors, longestLoad, ...claim }, { home, pathOf }): DashboardClaim {
    const where = namespace ?? home;
    return {
      ...claim,
      ...{ namespace: where, dataSources: claim.dataSources, prometheus: claim.prometheus },
      path: pathOf(claim.path),
      services: [
        { names: services ?? [claim.service], namespace: where, perRequest: 1, isAsked: true },
        ...Object.entries(calls).map(([name, perRequest]) => ({
          ...{ names: [name], namespace: where, perRequest, isAsked: false },
        })),
      ],
      errors: errors && {
        share: errors.share,
        receiver: { ...errors.receiver, namespace: errors.receiver.namespace ?? where },
      },
      longestLoadMs: durationToMs(longestLoad)!,
    };
  },
  lint: (claim: DashboardClaim, context) => lintDashboards(claim, context),
  plan: ({ id, path, dashboards }: DashboardClaim): readonly PlanLine[] => [
    {
      section: 'Load',
      line: `${id} ${path.kind}: ${path.ratePerSecond} requests/s for as long as the longest window of a query in ${dashboards.join(', ')}, and a little longer`,
    },
  ],
  paths: ({ path }) => [path],
  addons: ['istio', 'prometheus'],
});
