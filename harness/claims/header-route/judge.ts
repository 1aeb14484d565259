/**
 * Claim kind `header-route`: every request that carries the header is answered by one version, and none that does not.
 * Both are shown by so many answers that a leak of the size that the assurance excludes would have been seen.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { type RolloutLoadResult, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { leakFreeMs, leakFreeRequests } from '../../traffic/share-verdict.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import type { HeaderRouteClaim } from './declaration.ts';

/** Beyond what it takes: the first answers of a load, and those that are under way when it ends. */
const MARGIN_MS = 30_000;

interface Side {
  readonly name: 'tagged' | 'untagged';
  readonly answered: number;
  /** Answers of somebody who must not have given them. */
  readonly wrong: number;
  readonly outcome: Outcome;
  readonly sentence: string;
  readonly books: RolloutLoadResult['books'];
}

export async function judgeHeaderRoute(claim: HeaderRouteClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const sides = [await side('tagged', claim, scene)];
  if (!claim.sharedWithOthers) sides.push(await side('untagged', claim, scene));
  return {
    claim: {
      id: claim.id,
      title: claim.title,
      outcome: combineOutcomes(sides.map(({ outcome }) => outcome)),
      sentence: sides.map(({ sentence }) => sentence).join(' '),
      details: sides.map(({ name, answered, wrong }) => ({
        label: name,
        value: `${answered} answers, ${wrong} of them wrong`,
      })),
      durationMs: scene.now() - startedAt,
    },
    books: sides.map(({ books }) => books),
    findings: sides.flatMap((one) => (one.wrong > 0 ? [finding(claim, one)] : [])),
  };
}

async function side(name: Side['name'], claim: HeaderRouteClaim, scene: Scene): Promise<Side> {
  const perSecond = scene.ratePerSecond ?? claim.path.ratePerSecond;
  const neededMs = leakFreeMs(scene.assurance, perSecond);
  const id = `${claim.id.replaceAll('/', '-')}-${name}`;
  const placed = await placeLoad(scene, id, claim.path, neededMs + MARGIN_MS);
  const headers = name === 'tagged' ? { ...placed.request.headers, ...claim.headers } : placed.request.headers;
  const load = startRolloutLoad(
    {
      id,
      title: `${claim.service}, ${name} requests`,
      placed: { ...placed, request: { ...placed.request, headers } },
      service: claim.service,
      versions: [claim.version],
    },
    scene,
  );
  try {
    await load.answered;
    await scene.pause(neededMs);
    return judged(name, claim, await load.stop(), leakFreeRequests(scene.assurance));
  } finally {
    await load.stop().catch(() => undefined);
  }
}

function judged(
  name: Side['name'],
  claim: HeaderRouteClaim,
  { stream, books }: RolloutLoadResult,
  needed: number,
): Side {
  const others = new Map<string, number>();
  let answered = 0;
  let wrong = 0;
  for (const { version } of stream.entries()) {
    if (version === null) continue;
    answered += 1;
    if ((version === claim.version) === (name === 'tagged')) continue;
    wrong += 1;
    others.set(version, (others.get(version) ?? 0) + 1);
  }
  const seen = [...others].map(([version, count]) => `${version} ${count}`).join(', ');
  const enough = answered >= needed;
  const who = name === 'tagged' ? 'with the header' : 'without it';
  const sentence =
    wrong > 0
      ? `Of ${answered} answers to requests ${who}, ${wrong} came from somebody else than declared (${seen}).`
      : name === 'tagged'
        ? `All ${answered} answers to requests ${who} came from ${claim.version}.`
        : `None of ${answered} answers to requests ${who} came from ${claim.version}.`;
  return {
    ...{ name, answered, wrong, books },
    outcome: onEvidence(wrong > 0 ? 'failed' : enough ? 'passed' : 'inconclusive', books.outcome),
    sentence: [
      sentence,
      ...(enough || wrong > 0 ? [] : [`That is less than the ${needed} that would show a leak.`]),
    ].join(' '),
  };
}

function finding(claim: HeaderRouteClaim, { name, answered, wrong, sentence }: Side): FindingReport {
  return {
    code: name === 'tagged' ? 'HEADER_ROUTE_MISSED' : 'HEADER_ROUTE_LEAKS',
    layer: 'observed',
    severity: 'error',
    sentence,
    where: claim.id,
    hint:
      name === 'tagged'
        ? wrong === answered
          ? 'A route before it may match everything, or the value is matched otherwise (exact, prefix, regex).'
          : 'Some proxies do not have the route yet, or have another one.'
        : 'Another route leads to that version, or its pods are among those of the default.',
  };
}
