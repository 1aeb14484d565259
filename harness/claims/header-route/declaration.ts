/** Claim kind `header-route`: requests with a header reach one version, and only they do. */
import { z } from 'zod';
import { claimBase, text, trafficPath } from '../../documents/document-atoms.ts';
import type { ClaimBase, TrafficPath } from '../../documents/references.ts';
import { claimKind } from '../claim-kind.ts';

export interface HeaderRouteClaim extends ClaimBase {
  readonly kind: 'header-route';
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
  readonly version: string;
  /** Whether others may be answered by that version, too, as where it is an arm of a split. */
  readonly sharedWithOthers: boolean;
  readonly path: TrafficPath;
}

/** As RFC 9110 has the names of fields; nothing that would end the line. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headers = z
  .record(
    z.string().regex(HEADER_NAME, 'must be the name of a header'),
    z.string().regex(/^[^\r\n]*$/, 'must be one line'),
  )
  .refine((value) => Object.keys(value).length > 0, { error: 'must hold at least one header' });

export const headerRoute = claimKind({
  kind: 'header-route',
  summary: 'requests with a header reach one version, all of them, and others do not',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('header-route'),
    headers: headers.describe('sent with every tagged request'),
    service: text.describe('service in the chain of hops whose version says who answered'),
    version: text.describe('who must answer tagged requests, as its pods name themselves'),
    sharedWithOthers: z
      .boolean()
      .default(false)
      .describe('requests without the header may reach that version as well, as where it is an arm of a split'),
    path: trafficPath,
  }),
  resolve: ({ path, ...claim }, { pathOf }): HeaderRouteClaim => ({ ...claim, path: pathOf(path) }),
  paths: ({ path }) => [path],
  addons: ['istio'],
});
