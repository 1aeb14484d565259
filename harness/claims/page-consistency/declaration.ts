/** Claim kind `page-consistency`: whole pages in a real browser, each of one version or broken. */
import { z } from 'zod';
import { share, splitRef } from '../../documents/claim-atoms.ts';
import { claimBase, text } from '../../documents/document-atoms.ts';
import { percent } from '../../documents/figures.ts';
import type { ClaimBase, SplitClaim } from '../../documents/references.ts';
import { claimFinding } from '../../lint/claim-finding.ts';
import { readDeclaredSplit } from '../../lint/routes/declared-split.ts';
import { claimKind, type PlanContext, type PlanLine } from '../claim-kind.ts';
import { derivedShare, type Expected, expectedOf, loadsOf } from './expected-share.ts';

/** One host whose pages are loaded, and what is expected of them. */
export interface PageRoute {
  readonly name: string;
  readonly host: string;
  readonly broken: 'derived' | number;
  /** Half-width of what is accepted. */
  readonly margin: number;
}

export interface PageConsistencyClaim extends ClaimBase {
  readonly kind: 'page-consistency';
  /** Whose versions answer, with the shares that users are to have. */
  readonly split: SplitClaim;
  readonly path: string;
  /** Requests of one whole page beside the page itself. */
  readonly assets: number;
  /** As declared, and then every remedy. */
  readonly routes: readonly [PageRoute, ...PageRoute[]];
}

const broken = z
  .union([z.literal('derived'), z.number().min(0).max(0.9)])
  .describe(
    'the share of page loads that may break: a limit from 0 to 0.9, or `derived`, the share that weights per request make of that many assets',
  );

export const pageConsistency = claimKind({
  kind: 'page-consistency',
  summary: 'whole pages in a real browser: page and every asset are of one version, or as often not as expected',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('page-consistency'),
    split: splitRef.describe('id of a traffic-split claim with an ingress path: its host and path are the page'),
    assets: z.int().min(1).max(1_000).describe('requests that one whole page makes beside itself'),
    broken,
    margin: share
      .default(0.1)
      .describe('half-width of the accepted band around a derived share; a limit above 0 is judged with it, too'),
    remedies: z
      .array(
        z.strictObject({
          name: text,
          host: text.describe('served by the same pods over other routes'),
          broken: broken.default(0),
          margin: share
            .optional()
            .describe(
              'that of the claim by default; a larger one costs fewer page loads, such as to show that nothing pins',
            ),
        }),
      )
      .default([])
      .describe(
        'other routes to the same pods, judged in the same run; with a limit of 0 users must be split as declared',
      ),
  }),
  resolve(
    { split: id, broken: asDeclared, margin, remedies, ...claim },
    { splitOf, report },
  ): PageConsistencyClaim | undefined {
    const split = splitOf(id, ['split']);
    const path = split?.paths.find(({ kind }) => kind === 'ingress');
    if (split === undefined) return undefined;
    if (path?.kind !== 'ingress' || path.host === undefined)
      return report('PROFILE_REFERENCE', `claim ${split.id} has no ingress path with a host`, ['split']);
    return {
      ...claim,
      split,
      path: path.path,
      routes: [
        { name: 'as declared', host: path.host, broken: asDeclared, margin },
        ...remedies.map((remedy) => ({ ...remedy, margin: remedy.margin ?? margin })),
      ],
    };
  },
  lint(claim: PageConsistencyClaim, { files, where }) {
    const expected = expectationsOf(claim, files);
    return (expected ?? []).flatMap(({ route, expected: { kind, share: derived } }) => {
      if (kind !== 'derived' || fits(derived, route.margin)) return [];
      return [
        {
          ...claimFinding(
            'PAGE_MARGIN',
            `${route.name}: around a derived ${percent(derived)} a margin of ${route.margin} leaves no room, so no page, or every one, might break`,
            where,
          ),
          hint: 'Choose a smaller margin; it will take more page loads.',
        },
      ];
    });
  },
  plan(claim: PageConsistencyClaim, { files }: PlanContext): readonly PlanLine[] {
    return (expectationsOf(claim, files) ?? []).map(({ route, expected, judgesUsers }) => {
      const { least, cap } = loadsOf(expected);
      const may =
        expected.kind === 'derived'
          ? `${percent(expected.share)} are to break, as ${claim.assets} assets make it`
          : `at most ${percent(expected.share)} may break`;
      return {
        section: 'Load',
        line: `${claim.id} ${route.host}: about ${least} page loads in a browser, at most ${cap}; ${may}${judgesUsers ? ', and then first requests of users as a split' : ''}`,
      };
    });
  },
  addons: ['istio'],
});

/** What each route is held to; undefined where the split cannot be read, which its own claim says. */
function expectationsOf(claim: PageConsistencyClaim, files: PlanContext['files']) {
  const { virtualService } = claim.split;
  let arms: readonly { readonly share: number }[];
  try {
    ({ arms } = readDeclaredSplit(files, { virtualService, namespace: virtualService.namespace }));
  } catch {
    return undefined;
  }
  const shares = arms.map((arm) => arm.share);
  const derived = derivedShare(shares, claim.assets);
  return claim.routes.map((route): { route: PageRoute; expected: Expected; judgesUsers: boolean } => ({
    ...{ route, judgesUsers: route.broken === 0 && shares.length > 1 },
    expected: expectedOf(route.broken, derived, route.margin),
  }));
}

const fits = (around: number, margin: number): boolean => margin < Math.min(around, 1 - around);
