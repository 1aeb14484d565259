/** What is wrong with a route, with the part that shows it. */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { type RouteSeen, tooManyLost } from './load-route.ts';
import type { JudgedRoute } from './load-users.ts';
import { routeSentence } from './page-words.ts';

/** PAGE_PART_UNNAMED, PAGE_LOADS_LOST, PAGE_ASSET_NOT_SERVED, PAGE_ASSETS_DIFFER, PAGE_BROKEN, PAGE_SHARE_DIFFERS, PAGE_USERS_DIFFER. */
export function findingsOf(seen: JudgedRoute, outcome: Outcome): readonly FindingReport[] {
  const found = firstOf(seen);
  if (found === undefined || outcome === 'passed' || outcome === 'inconclusive') return [];
  const { problem, layer = 'observed', ...rest } = found;
  return [
    {
      ...{ layer, severity: 'error', sentence: routeSentence(seen, outcome) },
      ...rest,
      where: problem === undefined ? seen.url : problem.part.url,
    },
  ];
}

type Found = Pick<FindingReport, 'code' | 'hint'> & {
  readonly layer?: FindingReport['layer'];
  readonly problem?: RouteSeen['unnamed'];
};

function firstOf(seen: JudgedRoute): Found | undefined {
  const { unnamed, notServed, otherAssets, firstLost, firstBroken, brokenOutcome, users, expected } = seen;
  if (unnamed)
    return {
      ...{ code: 'PAGE_PART_UNNAMED', layer: 'instrument', problem: unnamed },
      hint: 'Every version must name itself in the header of load.identify with each answer, assets and error pages too (in nginx: add_header … always, in every location that has an add_header of its own).',
    };
  if (tooManyLost(seen))
    return {
      ...{ code: 'PAGE_LOADS_LOST', layer: 'instrument', problem: firstLost },
      hint: 'Look at the pods and at the gateway; a page that is not answered says nothing about the versions of its assets.',
    };
  if (notServed)
    return {
      ...{ code: 'PAGE_ASSET_NOT_SERVED', problem: notServed },
      hint: 'Its own version does not serve it, so no route can mend that: build the image again, and look at the base path and the document root.',
    };
  if (otherAssets !== undefined)
    return {
      code: 'PAGE_ASSETS_DIFFER',
      hint: `Write assets: ${otherAssets}, from which the derived share follows.`,
    };
  if (brokenOutcome === 'failed')
    return expected.kind === 'derived'
      ? {
          ...{ code: 'PAGE_SHARE_DIFFERS', problem: firstBroken },
          hint: 'Fewer break where something pins requests, more where a page has other assets than declared or a version lacks some.',
        }
      : {
          ...{ code: 'PAGE_BROKEN', problem: firstBroken },
          hint: 'Weights choose a version for every request: pin a user with a cookie that the route sets and matches, or by a header, or serve the assets of all versions from each.',
        };
  if (users?.split.outcome === 'failed')
    return {
      code: 'PAGE_USERS_DIFFER',
      hint: 'Who comes without a cookie must be sent by the declared weights; look at the weights of that route.',
    };
  return undefined;
}
