/** Claim kind `kiali-agrees`: the edges of Kiali's graph have the shares that clients counted in the same window. */
import { z } from 'zod';
import { durationText, durationToMs } from '../../documents/budgets.ts';
import { claimBase, dnsLabel, text, trafficPath } from '../../documents/document-atoms.ts';
import { claimKind, type PlanLine } from '../claim-kind.ts';
import type { KialiAgreesClaim } from './kiali-claim.ts';
import { SCRAPES_IN_WINDOW } from './window.ts';

/** As Istio's own sample of Kiali has it. */
const SAMPLE = { namespace: 'istio-system', service: 'kiali', port: 20_001, webRoot: '/kiali' } as const;

export const kialiAgrees = claimKind({
  kind: 'kiali-agrees',
  summary: "the edges of Kiali's graph show the shares that clients counted in the same window",
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('kiali-agrees'),
    from: text.describe('application at the beginning of the edges, by its canonical name: who calls the service'),
    service: text.describe('in the chain of hops; in the graph it is the application at the end of the edges'),
    namespace: dnsLabel.optional().describe("whose graph is asked for; default: the profile's first namespace"),
    path: trafficPath,
    kiali: z
      .strictObject({
        namespace: dnsLabel.default(SAMPLE.namespace),
        service: dnsLabel.default(SAMPLE.service),
        port: z.int().min(1).max(65_535).default(SAMPLE.port),
        webRoot: z
          .string()
          .regex(/^(\/[\w-]+)*$/, "must be empty or begin with '/' and not end with it")
          .default(SAMPLE.webRoot)
          .describe('server.web_root of Kiali; empty at the root'),
      })
      .default(SAMPLE)
      .describe("Service of a Kiali that the cluster has; default: as Istio's sample calls it"),
    window: durationText
      .optional()
      .describe(
        `how far back the graph looks; default: ${SCRAPES_IN_WINDOW} times what lies between two scrapes of Kiali's Prometheus`,
      ),
  }),
  resolve({ namespace, window, ...claim }, { home, pathOf }): KialiAgreesClaim {
    return {
      ...claim,
      namespace: namespace ?? home,
      path: pathOf(claim.path),
      windowMs: window === undefined ? undefined : durationToMs(window),
    };
  },
  plan: ({ id, path, windowMs }: KialiAgreesClaim): readonly PlanLine[] => [
    {
      section: 'Load',
      line: `${id} ${path.kind}: ${path.ratePerSecond} requests/s for ${windowMs === undefined ? `${SCRAPES_IN_WINDOW} scrapes of Kiali's Prometheus` : `${windowMs / 1000} s`}, and a little longer`,
    },
  ],
  paths: ({ path }) => [path],
  addons: ['istio', 'prometheus'],
});
