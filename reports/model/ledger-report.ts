/** The four-layer ledger in the report: who held which weight when, and how long each layer took to follow. */
import { z } from 'zod';

const unixMs = z.number();
const share = z.number().min(0).max(1);

/** One entry: a layer held this share of the followed arm from this moment on. */
const ledgerEntry = z.strictObject({
  layer: z.enum(['git', 'api', 'xds', 'observed']),
  atMs: unixMs,
  share: share.optional().describe('absent where the layer holds no route at all'),
  holder: z.string().describe('commit, object, pod of the proxy, or client path'),
  writer: z.string().optional().describe('field manager of the API object'),
  version: z.string().optional().describe('commit, resourceVersion or xDS version_info'),
  uncertaintyMs: z.number().optional().describe('half-width of the 99 % set of an observed change'),
});

/** One declared change and how it travelled. Lags are counted from the write of the API object. */
const propagation = z.strictObject({
  fromShare: share,
  toShare: share,
  declaredAtMs: unixMs.describe('when the API object was written, as the watch saw it'),
  gitAtMs: unixMs.optional().describe('when the commit was pushed, for changes made by commit'),
  proxies: z.array(
    z.strictObject({
      proxy: z.string(),
      acknowledgedAtMs: unixMs.optional().describe('absent: never, while it was watched'),
      lagMs: z.number().optional(),
    }),
  ),
  observed: z.array(
    z.strictObject({
      path: z.enum(['ingress', 'mesh', 'direct']),
      atMs: unixMs.describe('maximum-likelihood change time'),
      lowMs: unixMs,
      highMs: unixMs.describe('99 % confidence set of the change time'),
    }),
  ),
  skewMs: z.number().optional().describe('last acknowledgement minus first'),
});

/** A stretch of constant share, found in the data alone. */
const observedSegment = z.strictObject({
  path: z.enum(['ingress', 'mesh', 'direct']),
  startMs: unixMs,
  endMs: unixMs,
  n: z.int(),
  share,
  low: share,
  high: share,
  declaredShare: share.optional().describe('the declared level inside the interval; absent: an undeclared weight'),
});

export const ledgerSchema = z.strictObject({
  title: z.string(),
  object: z.string().describe('such as VirtualService bookinfo/reviews'),
  claimId: z.string().optional().describe('claim that was judged while the ledger was kept'),
  arm: z.string(),
  entries: z.array(ledgerEntry),
  changes: z.array(propagation),
  segments: z.array(observedSegment),
});

/** What a finding of the ledger points at, beside its layer. */
export const findingPointers = {
  object: z.string().optional().describe('such as VirtualService bookinfo/reviews'),
  field: z.string().optional().describe('such as spec.http[0].route[1].weight'),
  writer: z.string().optional().describe('field manager, from managedFields'),
  proxy: z.string().optional().describe('namespace/pod of the Envoy'),
  atMs: unixMs.optional().describe('when the difference began'),
  claimIds: z.array(z.string()).optional().describe('claims that it explains'),
};

export type LedgerReport = z.infer<typeof ledgerSchema>;
export type LedgerEntryReport = LedgerReport['entries'][number];
export type PropagationReport = LedgerReport['changes'][number];
export type ObservedSegmentReport = LedgerReport['segments'][number];
