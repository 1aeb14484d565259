/**
 * Claim kind `verification`, what a pipeline does after a deployment: smoke tests, service-level objectives under load,
 * and no slower than the run before. An objective is met when the whole 99 % interval lies on its good side.
 */

import type { RunReport } from '../../../reports/model/run-report.ts';
import { percent } from '../../documents/figures.ts';
import { statusOfHost } from '../../evidence/ask-host.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { quantileInterval } from '../../stats/order-statistic-interval.ts';
import { clopperPearsonInterval } from '../../stats/proportion.ts';
import { percentilesOf } from '../../traffic/latency-bins.ts';
import { startRolloutLoad } from '../../traffic/recorded-load.ts';
import type { RolloutStream } from '../../traffic/recorded-stream.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import { firstUnhealthy } from '../../verdict/environment-health.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import type { VerificationClaim } from './declaration.ts';

const CONFIDENCE = 0.99;
/** Time for the load beyond what is asked: until the first answer. */
const MARGIN_MS = 60_000;

interface Part {
  readonly label: string;
  readonly outcome: Outcome;
  readonly value: string;
}

export async function judgeVerification(claim: VerificationClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const smoke = await smokeTests(claim, scene);
  const id = claim.id.replaceAll('/', '-');
  const placed = await placeLoad(scene, id, claim.path, claim.lastingMs + MARGIN_MS);
  const title = `${claim.service} after its deployment`;
  const load = startRolloutLoad({ id, title, placed, service: claim.service, versions: [] }, scene);
  try {
    await load.answered;
    // the load itself is the condition: it has to last
    await scene.pause(claim.lastingMs);
    const { stream, books } = await load.stop();
    const percentiles = percentilesOf(percentilesTitle(claim), stream, () => 'stable', [
      { quantile: claim.objectives.quantile, ms: claim.objectives.limitMs },
    ]);
    const latency = latencyOf(stream, claim.objectives.quantile);
    const parts = [
      smoke,
      successPart(stream, claim.objectives.successShare),
      latencyPart(latency, claim.objectives),
      baselinePart(claim, latency, await scene.earlierReport?.(({ claims }) => claims.some(isPassed(claim)))),
    ];
    const judged = combineOutcomes(parts.map(({ outcome }) => outcome));
    return {
      claim: {
        id: claim.id,
        title: claim.title,
        outcome: onEvidence(judged, books.outcome),
        sentence: `${parts.map(({ label, value }) => `${label}: ${value}`).join('; ')}.`,
        details: parts.map(({ label, value }) => ({ label, value })),
        durationMs: scene.now() - startedAt,
      },
      books: [books],
      percentiles: [percentiles],
    };
  } finally {
    await load.stop().catch(() => undefined);
  }
}

/** One that was slower would be what the next is compared with, and nothing would be wrong any more. */
const isPassed =
  ({ id }: VerificationClaim) =>
  (one: RunReport['claims'][number]) =>
    one.id === id && one.outcome === 'passed';

const percentilesTitle = ({ id }: VerificationClaim) => `Latency by quantile, ${id}`;

async function smokeTests(claim: VerificationClaim, scene: Scene): Promise<Part> {
  const { cluster, signal, now, environment } = scene;
  const host = claim.path.kind === 'ingress' ? claim.path.host : claim.path.service;
  const base = cluster.ingressUrl;
  const label = 'smoke tests';
  if (base === undefined) return { label, outcome: 'inconclusive', value: 'the ingress cannot be reached from here' };
  const fromMs = now();
  const wrong: string[] = [];
  const statuses: number[] = [];
  for (const { path, status } of claim.smoke) {
    const answered = await statusOfHost(base, host ?? new URL(base).host, path, undefined, signal);
    signal.throwIfAborted();
    if (answered === status) continue;
    wrong.push(`${path} answered ${answered || 'nothing'} and not ${status}`);
    statuses.push(answered);
  }
  // what the control was not answered either says nothing of this deployment; an answer is somebody's own
  const unhealthy = statuses.every((status) => status === 0 || status >= 500)
    ? firstUnhealthy(fromMs, now(), environment)
    : undefined;
  if (wrong.length > 0 && unhealthy)
    return {
      ...{ label, outcome: 'invalid' },
      value: `${wrong.join(', ')}, while the environment could not answer (${unhealthy.why})`,
    };
  return {
    label,
    outcome: wrong.length === 0 ? 'passed' : 'failed',
    value: wrong.length === 0 ? `${claim.smoke.length} of ${claim.smoke.length} as expected` : wrong.join(', '),
  };
}

export function successPart(stream: Pick<RolloutStream, 'entries'>, wanted: number): Part {
  let good = 0;
  let all = 0;
  for (const { status } of stream.entries()) {
    all += 1;
    if (status > 0 && status < 500) good += 1;
  }
  const label = 'success';
  if (all === 0) return { label, outcome: 'inconclusive', value: 'no request was answered' };
  const { low, high } = clopperPearsonInterval(good, all, CONFIDENCE);
  return {
    label,
    outcome: low >= wanted ? 'passed' : high < wanted ? 'failed' : 'inconclusive',
    value: `${good} of ${all} (99 % interval ${percent(low)} to ${percent(high)}, objective ${percent(wanted)})`,
  };
}

interface Latency {
  readonly n: number;
  readonly ms: number;
  readonly low: number;
  readonly high: number;
}

function latencyOf(stream: RolloutStream, quantile: number): Latency {
  const sorted = Float64Array.from(
    [...stream.entries()].flatMap(({ version, latencyMs }) => (version === null ? [] : [latencyMs])),
  ).sort();
  const place = Math.min(sorted.length - 1, Math.max(0, Math.ceil(quantile * sorted.length) - 1));
  return { n: sorted.length, ms: sorted[place] ?? Number.NaN, ...quantileInterval(sorted, quantile, CONFIDENCE) };
}

export function latencyPart(
  { n, ms, low, high }: Latency,
  { quantile, limitMs }: Pick<VerificationClaim['objectives'], 'quantile' | 'limitMs'>,
): Part {
  return {
    label: `p${quantile * 100}`,
    outcome: n === 0 ? 'inconclusive' : high < limitMs ? 'passed' : low >= limitMs ? 'failed' : 'inconclusive',
    value: `${ms.toFixed(1)} ms (99 % interval ${low.toFixed(1)} to ${high.toFixed(1)} ms, below ${limitMs} ms)`,
  };
}

/** Slower is what cannot be explained by chance: the intervals of both runs, with the allowance between them, do not meet. */
export function baselinePart(claim: VerificationClaim, latency: Latency, before: RunReport | undefined): Part {
  const label = 'baseline';
  const { quantile } = claim.objectives;
  const point = before?.percentiles
    .find(({ title }) => title === percentilesTitle(claim))
    ?.tracks.find(({ track }) => track === 'stable')
    ?.points.find((candidate) => candidate.quantile === quantile);
  if (!before || !point)
    return {
      label,
      outcome: 'passed',
      value: 'there is no earlier run in which it passed to compare with; this one is the next baseline',
    };
  const limit = (point.high ?? point.ms) * (1 + claim.baseline.slowerBy);
  const slower = latency.low > limit;
  return {
    label,
    outcome: slower ? 'failed' : 'passed',
    value: `p${quantile * 100} was ${point.ms.toFixed(1)} ms in run ${before.run.id}, is ${latency.ms.toFixed(1)} ms${slower ? `, more than ${percent(claim.baseline.slowerBy)} slower` : ''}`,
  };
}
