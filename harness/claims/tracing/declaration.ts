/** Claim kind `tracing`: a trace leads from the gateway to everybody who answered, and as many requests have one as Git says. */
import { z } from 'zod';
import { claimBase, dnsLabel, namedRef, text, trafficPath } from '../../documents/document-atoms.ts';
import { percent } from '../../documents/figures.ts';
import { claimKind } from '../claim-kind.ts';
import { declaredSampling } from './declared-sampling.ts';
import { lintTracing } from './lint.ts';
import { requestsFor } from './sampled-share.ts';
import type { TracingClaim } from './tracing-claim.ts';

const port = z.int().min(1).max(65_535);

export const tracing = claimKind({
  kind: 'tracing',
  summary: 'a trace leads from the gateway to everybody who answered, and the declared share of the requests has one',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('tracing'),
    telemetry: namedRef.describe(
      'Telemetry in Git whose randomSamplingPercentage is the share of requests with a trace',
    ),
    services: z
      .array(text)
      .min(1)
      .describe(
        'in the chain of hops; each must be among those that answered, and every one of the chain in the trace',
      ),
    path: trafficPath.describe('of clients at the ingress gateway, where traces begin'),
    backend: z
      .strictObject({
        namespace: dnsLabel.default('istio-system'),
        service: dnsLabel.default('tracing'),
        port: port.default(80).describe('of the query API'),
        metricsPort: port.default(8888).describe('where Jaeger counts spans that it did not keep'),
      })
      .default({ namespace: 'istio-system', service: 'tracing', port: 80, metricsPort: 8888 })
      .describe('Service of Jaeger; default: as the addon and the sample of Istio call it'),
  }),
  resolve({ services: [first = '', ...others], ...claim }, { home, placed, pathOf, report }): TracingClaim | undefined {
    const path = pathOf(claim.path);
    if (path.kind !== 'ingress')
      return report(
        'TRACING_PATH',
        'traces of this claim begin at the ingress gateway: a path of kind ingress is needed',
        ['path', 'kind'],
      );
    return { ...claim, ...{ path, home }, telemetry: placed(claim.telemetry), services: [first, ...others] };
  },
  lint: (claim: TracingClaim, context) => lintTracing(claim, context),
  plan({ id, path, telemetry, home }: TracingClaim, { files, assurance }) {
    const { share } = declaredSampling(files, home, telemetry);
    const requests = requestsFor(share, assurance);
    const line = `${id} ingress: ${requests} requests, ${path.ratePerSecond}/s (${Math.ceil(requests / path.ratePerSecond)} s), of which ${percent(share)} are to have a trace`;
    return [{ section: 'Load', line }];
  },
  paths: ({ path }) => [path],
  addons: ['istio', 'jaeger'],
});
