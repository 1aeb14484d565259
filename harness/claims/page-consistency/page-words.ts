/** What was seen on one route, in a sentence with its figures. */
import type { SplitReport } from '../../../reports/model/run-report.ts';
import { percent } from '../../documents/figures.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { BETA } from './expected-share.ts';
import type { RouteSeen } from './load-route.ts';
import type { JudgedRoute } from './load-users.ts';
import { shareOf, usersOf } from './page-report.ts';
import type { PartProblem } from './page-verdict.ts';

const ONE_DECIMAL = { decimals: 1 } as const;

export function routeSentence(seen: JudgedRoute, outcome: Outcome): string {
  const name = `${seen.route.name.charAt(0).toUpperCase()}${seen.route.name.slice(1)} (${seen.route.host})`;
  return `${name}: ${evidence(seen) ?? judged(seen, outcome)}`;
}

/** Why there is nothing to judge; undefined where there is. */
function evidence({
  unnamed,
  notServed,
  otherAssets,
  assets,
  lost,
  firstLost,
  ...seen
}: RouteSeen): string | undefined {
  if (unnamed) return `${pathOf(unnamed)} was answered ${unnamed.part.status} by nobody who names himself.`;
  if (notServed)
    return `${pathOf(notServed)} was answered ${notServed.part.status} by ${notServed.version}, whose page asks for it.`;
  if (otherAssets !== undefined)
    return `a whole page asked for ${otherAssets} assets, and the claim derives its share from ${assets}.`;
  const loads = seen.whole + seen.broken;
  if (lost > 0 && loads === 0)
    return `none of ${lost} page loads was answered (${firstLost ? whatOf(firstLost) : 'not even the page'}).`;
  return undefined;
}

function judged(seen: JudgedRoute, outcome: Outcome): string {
  const { whole, broken, lost, firstLost } = seen;
  const loads = whole + broken;
  const { share, low, high } = shareOf(broken, loads);
  const counted =
    broken === 0
      ? `none of ${loads} page loads broke`
      : `${broken} of ${loads} page loads broke, ${percent(share, ONE_DECIMAL)} (99.9 % interval ${percent(low, ONE_DECIMAL)} to ${percent(high, ONE_DECIMAL)})`;
  return [
    `${counted}, ${againstExpected(seen)}.`,
    ...(broken > 0 && seen.firstBroken && outcome === 'failed' ? [`The first: ${whatOf(seen.firstBroken)}.`] : []),
    ...(lost === 0 ? [] : [`${lost} more were lost (${firstLost ? whatOf(firstLost) : 'not even the page'}).`]),
    ...(seen.users === undefined ? [] : [usersSentence(seen, seen.users.split)]),
  ].join(' ');
}

function againstExpected({ expected, brokenOutcome, assets, reason }: RouteSeen): string {
  const margin = `${Number((expected.margin * 100).toFixed(2))} points`;
  if (expected.kind === 'derived') {
    const derived = `${percent(expected.share, ONE_DECIMAL)} that weights per request make of ${assets} assets`;
    if (brokenOutcome === 'passed') return `within ±${margin} of the ${derived}`;
    if (brokenOutcome === 'failed') return `not the ${derived}`;
    return `undecided against the ${derived} (${reason})`;
  }
  const limit = expected.share === 0 ? 'none may' : `at most ${percent(expected.share)} may`;
  if (brokenOutcome === 'passed')
    return `${limit}: ${percent(expected.share + expected.margin)} or more is excluded, wrongly with probability at most ${BETA}`;
  if (brokenOutcome === 'failed') return limit;
  return `${limit}: undecided (${reason})`;
}

function usersSentence(seen: JudgedRoute, { samples, outcome, sentence }: SplitReport): string {
  if (outcome === 'invalid') return `How users are split could not be judged: ${sentence}`;
  const shares = usersOf(seen).map(
    ({ version, share, declared }) => `${version} ${percent(share, ONE_DECIMAL)} (declared ${percent(declared)})`,
  );
  const said = { passed: 'as declared', failed: 'not as declared', inconclusive: 'undecided' }[outcome];
  return `Users are split ${said}: ${shares.join(', ')} of ${samples} first requests.`;
}

/** `/assets/index-1a2b.js was answered 404 by v2`. */
function whatOf(problem: PartProblem): string {
  const { part, version } = problem;
  if (part.status === 0) return `${pathOf(problem)} had no answer (${part.failure ?? 'none came'})`;
  return `${pathOf(problem)} was answered ${part.status} by ${version ?? 'a proxy'}`;
}

function pathOf({ part }: PartProblem): string {
  const { pathname, search } = new URL(part.url);
  return pathname + search;
}
