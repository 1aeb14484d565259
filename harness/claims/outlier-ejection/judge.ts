/**
 * Claim kind `outlier-ejection`: one of several endpoints errs, and is out after the declared number of errors, for the
 * declared time; when all err, no more are out than may be. What Envoy promises is derived in ejection-bounds.ts.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { environmentError } from '../../errors/harness-error.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { openReceivers, type Receivers } from '../../stage/receivers.ts';
import { type RolloutLoadResult, startRolloutLoad } from '../../traffic/recorded-load.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import { firstUnhealthy } from '../../verdict/environment-health.ts';
import type { OutlierEjectionClaim } from './declaration.ts';
import { atNumber, type EjectionBounds, ejectionBounds, longestMs } from './ejection-bounds.ts';
import { errorsOf, judgeMost, judgeNumber, judgeTime, type Part } from './ejection-verdict.ts';
import { answersIn, type Course, watchEndpoints } from './watch-endpoints.ts';

/** Entering pods to tell them something, at the worst; the load is stopped when all is seen. */
const TELLING_MS = 90_000;

/**
 * @throws HarnessError RECEIVER_MISSING, RECEIVER_CHANGED, OUTLIER_ENDPOINTS, OUTLIER_RATE, OUTLIER_ENDPOINT_SILENT
 *   (exit 3); what the load throws; the reason of the scene's signal
 */
export async function judgeOutlierEjection(claim: OutlierEjectionClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  await using receivers = await openReceivers(claim.receiver, scene);
  const bounds = boundsOf(claim, receivers);
  const { course, stream, books } = await watchedLoad(claim, bounds, receivers, scene);
  const parts = partsOf(claim, course, stream, receivers.pods, bounds);
  const judged = combineOutcomes(parts.map(({ verdict }) => verdict));
  // a proxy that did not get its turn is late by what the machine took
  const stall = judged === 'failed' ? firstUnhealthy(course.erringMs, scene.now(), scene.environment) : undefined;
  return {
    claim: {
      ...{ id: claim.id, title: claim.title },
      outcome: stall ? 'invalid' : onEvidence(judged, books.outcome),
      sentence: [
        ...parts.map(({ sentence }) => sentence),
        ...(stall ? [`The environment stood still meanwhile (${stall.why}).`] : []),
        ...(books.outcome === 'invalid' ? [`The books are bad: ${books.problems.join('; ')}.`] : []),
      ].join(' '),
      details: [
        { label: 'endpoints', value: `${receivers.pods.length}, at most ${bounds.ejectable} out at a time` },
        { label: 'requests at the one that erred', value: `${course.arrived}` },
        { label: 'answers', value: `${stream.length}` },
      ],
      durationMs: scene.now() - startedAt,
    },
    books: [books],
    findings: books.outcome === 'invalid' || stall ? [] : parts.flatMap((one) => findingOf(claim, one)),
  };
}

/** @throws HarnessError OUTLIER_ENDPOINTS, OUTLIER_RATE */
function boundsOf(claim: OutlierEjectionClaim, { pods }: Receivers): EjectionBounds {
  const { ratePerSecond } = claim.path;
  if (pods.length < 2)
    throw environmentError('OUTLIER_ENDPOINTS', 'there is one endpoint, and nothing to go to while it is out', {
      where: claim.id,
      hint: 'Judge it on a service of several pods.',
    });
  const bounds = ejectionBounds(claim, pods.length, ratePerSecond);
  if (2 * bounds.silenceMs > claim.baseEjectionMs)
    throw environmentError(
      'OUTLIER_RATE',
      `at ${ratePerSecond} requests/s an endpoint may be chosen by none for ${Math.ceil(bounds.silenceMs)} ms, and it is out for ${claim.baseEjectionMs} ms`,
      { where: claim.id, hint: 'Give the path a higher rate.' },
    );
  return bounds;
}

async function watchedLoad(
  claim: OutlierEjectionClaim,
  bounds: EjectionBounds,
  receivers: Receivers,
  scene: Scene,
): Promise<RolloutLoadResult & { readonly course: Course }> {
  const { path, service, title } = claim;
  const id = claim.id.replaceAll('/', '-');
  // how many are under way at a time is part of what is claimed
  const site = { ...scene, ratePerSecond: undefined };
  const limits = longestMs(bounds, receivers.pods.length, path.ratePerSecond);
  const longest = limits.all + bounds.settleMs + 2 * limits.errors + limits.back + TELLING_MS;
  const placed = await placeLoad(site, id, path, longest);
  const load = startRolloutLoad({ id, title, placed, service, versions: [], answeredBy: 'pod' }, site);
  try {
    await load.answered;
    const course = await watchEndpoints(claim, { bounds, receivers, stream: load.stream }, scene);
    return { ...(await load.stop()), course };
  } catch (error) {
    // the first error matters more
    await load.stop().catch(() => undefined);
    throw error;
  }
}

/** Over everything that came in, also what was answered after the last look. */
function partsOf(
  claim: OutlierEjectionClaim,
  { outlier, erringMs, countedMs, arrived, silent, out }: Course,
  stream: RolloutLoadResult['stream'],
  pods: readonly string[],
  bounds: EjectionBounds,
): readonly Part[] {
  const { failWith } = claim;
  const until = answersIn(stream, erringMs, countedMs);
  const number = judgeNumber({ answers: until, outlier, failWith, arrived, silent }, bounds);
  if (out === undefined) return [number];
  const { recoveredMs, untilMs, allErringMs } = out;
  const answers = answersIn(stream, erringMs, allErringMs);
  return [
    number,
    judgeTime({ answers, outlier, errors: errorsOf(until, outlier, failWith), untilMs, recoveredMs }, bounds),
    judgeMost({ answers: answersIn(stream, allErringMs), pods, failWith }, atNumber(bounds, arrived)),
  ];
}

function findingOf(claim: OutlierEjectionClaim, { verdict, code, sentence }: Part): readonly FindingReport[] {
  if (verdict !== 'failed') return [];
  return [
    {
      ...{ code, sentence, layer: 'observed', severity: 'error', where: claim.id },
      hint: 'Look at outlierDetection in the DestinationRule of the host as the clients’ proxies have it: a trafficPolicy of a subset or a port replaces that of the host, and each proxy counts for itself.',
    },
  ];
}
