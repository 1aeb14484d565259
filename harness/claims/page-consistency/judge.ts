/**
 * Claim kind `page-consistency`: whole pages in a real browser, each load by somebody who was never there. As declared, and
 * then over each remedy, it is judged how many break; where none may, users must be split as declared, too, which their
 * first requests show. One broken load is filmed.
 */
import type { PageReport } from '../../../reports/model/page-report.ts';
import { environmentError, usageError } from '../../errors/harness-error.ts';
import type { PageBrowser } from '../../ports/browser.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { combineOutcomes } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import type { PageConsistencyClaim } from './declaration.ts';
import { derivedShare, expectedOf } from './expected-share.ts';
import { filmedLoads } from './film.ts';
import { loadRoute, type RouteQuestion, type RouteSeen, tooManyLost } from './load-route.ts';
import { type JudgedRoute, loadUsers } from './load-users.ts';
import { findingsOf } from './page-findings.ts';
import { routeReport } from './page-report.ts';
import { createPageReader } from './page-verdict.ts';
import { routeSentence } from './page-words.ts';

/**
 * @throws HarnessError PAGE_IDENTIFY (exit 2), BROWSER_MISSING, BROWSER_FAILED, BROWSER_NO_INGRESS (exit 3); the scene's
 *   reason
 */
export async function judgePageConsistency(claim: PageConsistencyClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { identify } = scene.profile.load;
  if (identify.kind !== 'header')
    throw usageError('PAGE_IDENTIFY', `the parts of a page cannot be told apart by ${identify.kind}`, {
      where: 'load.identify',
      hint: 'Have every version name itself in a response header, on error pages too, and write header:NAME.',
    });
  const reader = createPageReader(claim.split.service, identify);
  await using browser = await openBrowser(scene);
  const seen: JudgedRoute[] = [];
  for (const question of questions(claim, scene)) {
    const route = await loadRoute(question, browser, reader, scene);
    const isAsked = question.judgesUsers && evidenceOutcome(route) === undefined;
    seen.push({ ...route, users: isAsked ? await loadUsers(claim, question.route, scene) : undefined });
  }
  const films = await filmedLoads(seen, browser, reader, scene);
  const outcomes = seen.map(outcomeOf);
  const report: PageReport = {
    ...{ claimId: claim.id, title: claim.title, browser: browser.version, assets: claim.assets, films: [...films] },
    routes: seen.map((route, index) => routeReport(route, outcomes[index]!)),
  };
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome: combineOutcomes(outcomes) },
      sentence: seen.map((route, index) => routeSentence(route, outcomes[index]!)).join(' '),
      details: [
        { label: 'browser', value: browser.version },
        ...seen.map(({ route, whole, broken, lost }) => ({
          label: `${route.name} (${route.host})`,
          value: `${broken} of ${whole + broken} page loads broken${lost === 0 ? '' : `, ${lost} lost`}`,
        })),
      ],
      durationMs: scene.now() - startedAt,
    },
    findings: seen.flatMap((route, index) => findingsOf(route, outcomes[index]!)),
    splits: seen.flatMap(({ users }) => (users === undefined ? [] : [users.split])),
    books: seen.flatMap(({ users }) => users?.books ?? []),
    pages: [report],
  };
}

function outcomeOf(seen: JudgedRoute): Outcome {
  const { users, brokenOutcome } = seen;
  return (
    evidenceOutcome(seen) ?? combineOutcomes([brokenOutcome, ...(users === undefined ? [] : [users.split.outcome])])
  );
}

/** Evidence first: what is not a load of any version decides nothing. */
function evidenceOutcome(seen: RouteSeen): Outcome | undefined {
  if (seen.unnamed !== undefined || tooManyLost(seen)) return 'invalid';
  return seen.notServed !== undefined || seen.otherAssets !== undefined ? 'failed' : undefined;
}

function questions(claim: PageConsistencyClaim, scene: Scene): readonly RouteQuestion[] {
  const { arms } = declaredSplit(scene, claim.split);
  const shares = arms.map(({ share }) => share);
  const derived = derivedShare(shares, claim.assets);
  return claim.routes.map((route) => ({
    route,
    url: `http://${route.host}${claim.path}`,
    expected: expectedOf(route.broken, derived, route.margin),
    arms: arms.map(({ version, share }) => ({ version, share })),
    judgesUsers: route.broken === 0 && arms.length > 1,
    assets: claim.assets,
  }));
}

async function openBrowser({ openBrowser: open, cluster }: Scene): Promise<PageBrowser> {
  if (!open)
    throw environmentError('BROWSER_MISSING', 'nothing here can load a page', { hint: 'Run it with `conform`.' });
  if (cluster.ingressUrl === undefined)
    throw environmentError('BROWSER_NO_INGRESS', 'no address leads from this machine to the ingress', {
      where: cluster.name,
      hint: 'Pages are loaded by a browser beside the harness; run it where the ingress can be reached.',
    });
  const { hostname, port } = new URL(cluster.ingressUrl);
  return open(`${hostname}:${port || '80'}`);
}
