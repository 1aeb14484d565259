/**
 * Claim kind `tracing`: so many requests are sent as the share takes, each with a name of its own, and when they are answered
 * the backend is asked for their traces. Who answered is what the receivers say of themselves in the answer; which versions
 * a trace tells of is the mesh's word, and the two are compared pod by pod.
 */
import type { SplitReport } from '../../../reports/model/run-report.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { type CountedLoad, countedLoad } from '../../stage/counted-load.ts';
import { namedReceivers } from '../../traffic/named-receivers.ts';
import { createSharesJudge } from '../../traffic/share-verdict.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import { requests, whole } from '../../verdict/wording.ts';
import { type DeclaredSampling, declaredSampling } from './declared-sampling.ts';
import { judgeTrace } from './judge-trace.ts';
import type { JudgedTrace, JudgedTracing } from './judged-tracing.ts';
import { NOT_TRACED, requestsFor, samplingArms, TRACED } from './sampled-share.ts';
import { type SettledTraces, settledTraces } from './settled-traces.ts';
import { openTraceBackend } from './trace-backend.ts';
import type { TracingClaim } from './tracing-claim.ts';
import { tracingFindings } from './tracing-findings.ts';
import { detailsOf, exampleOf, sentenceOf } from './tracing-words.ts';

/**
 * @throws HarnessError TRACE_BACKEND_UNREACHABLE, TRACE_ANSWER_BROKEN, TRACES_TRUNCATED, TRACES_STILL_COMING (exit 3),
 *   TRACING_UNDECLARED and usage errors of the share (exit 2); the scene's reason
 */
export async function judgeTracing(claim: TracingClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const declared = declaredSampling(scene.source.manifests, claim.home, claim.telemetry);
  const backend = openTraceBackend(claim.backend, scene);
  // a backend that is not there is found before the load, and not after it
  await backend.spansIn({ fromMs: startedAt - 1_000, toMs: startedAt });
  const notKeptBefore = await backend.notKept();
  const client = `canaryproof traced-${startedAt.toString(36)}`;
  const samples: RequestSample[] = [];
  const load = await countedLoad(
    {
      ...{ id: claim.id.replaceAll('/', '-'), title: claim.title, path: claim.path, client },
      service: claim.services[0],
      requests: requestsFor(declared.share, scene.assurance),
      onInOrder: (sample) => samples.push(sample),
    },
    scene,
  );
  const traced = await settledTraces(backend, client, { fromMs: startedAt, toMs: scene.now() }, scene);
  const notKeptAfter = await backend.notKept();
  const judged: JudgedTracing = {
    ...{ claim, declared, traced, requests: samples.length },
    share: shareOf(claim, declared, { samples, traced, load }, scene),
    traces: tracesOf(claim, samples, traced),
    notKept: growthOf(notKeptBefore, notKeptAfter),
  };
  const findings = tracingFindings(judged);
  const outcome = onEvidence(
    combineOutcomes([
      findings.length > 0 ? 'failed' : 'passed',
      judged.share.outcome,
      judged.traces.length > 0 ? 'passed' : 'inconclusive',
    ]),
    load.books.outcome,
  );
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome },
      sentence: sentenceOf(judged, findings, outcome),
      details: detailsOf(judged),
      durationMs: scene.now() - startedAt,
    },
    splits: [judged.share],
    traces: exampleOf(judged),
    books: [load.books],
    findings: outcome === 'invalid' ? [] : findings,
  };
}

/** Of a counter: one that is smaller than it was began anew, as Prometheus takes it. */
function growthOf(before: number | undefined, after: number | undefined): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  return after < before ? after : after - before;
}

interface Seen {
  readonly samples: readonly RequestSample[];
  readonly traced: SettledTraces;
  readonly load: CountedLoad;
}

function shareOf(claim: TracingClaim, { share }: DeclaredSampling, seen: Seen, scene: Scene): SplitReport {
  const judge = createSharesJudge(
    {
      ...{ id: `${claim.id.replaceAll('/', '-')}-share`, claimId: claim.id, path: 'ingress' },
      title: `requests with a trace, ${claim.title}`,
      ...{ arms: samplingArms(share), assurance: scene.assurance, ratePerSecond: claim.path.ratePerSecond },
    },
    'fixed-sample',
  );
  for (const { sequence, startMs, status, vu } of seen.samples) {
    // of a request that nobody answered it is not known how far it came
    const version = status === 0 ? null : seen.traced.bySequence.has(sequence) ? TRACED : NOT_TRACED;
    judge.observe({ startMs, version, ending: status === 0 ? 'lost' : 'answered' }, String(vu));
  }
  const report = judge.report(seen.load.books);
  if (report.reason !== 'forbidden-arm') return report;
  const without = seen.samples.filter(({ sequence }) => !seen.traced.bySequence.has(sequence)).length;
  return {
    ...report,
    sentence: `${requests(without)} of ${whole(seen.samples.length)} left no trace, where each is to leave one; one refutes that.`,
  };
}

function tracesOf(
  { services }: TracingClaim,
  samples: readonly RequestSample[],
  { bySequence, astray }: SettledTraces,
): readonly JudgedTrace[] {
  return samples.flatMap(({ sequence, identity }): JudgedTrace[] => {
    const spans = bySequence.get(sequence);
    const receivers = namedReceivers(identity);
    if (!spans || !services.every((name) => receivers.some(({ service }) => service === name))) return [];
    return [{ receivers, spans, problem: judgeTrace(spans, receivers, astray) }];
  });
}
