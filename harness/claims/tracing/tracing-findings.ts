/** What is wrong with the tracing of a load, as findings: one for each kind of problem, with how often and an example. */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { whole } from '../../verdict/wording.ts';
import type { TraceProblemCode } from './judge-trace.ts';
import type { JudgedTracing } from './judged-tracing.ts';

const HINTS: Readonly<Record<TraceProblemCode, string>> = {
  TRACE_BROKEN:
    'Somebody does not pass on what he was given: an application has to copy traceparent (or b3, and x-request-id) from the request that it got to those that it makes, and a Telemetry with disableContextPropagation has proxies leave it out.',
  TRACE_SPANS_MISSING:
    'A proxy did not report them (disableSpanReporting, a provider that it cannot reach), or the backend dropped them: look at its log, and at how many traces its store holds.',
  TRACE_GATEWAY_MISSING:
    "The gateway reports no spans: a Telemetry applies to it only in its own namespace, or in the mesh's root namespace.",
  TRACE_VERSION_DIFFERS:
    'Istio takes the version of a span from the labels of the pod (service.istio.io/canonical-revision, app.kubernetes.io/version, version, in this order): label it as it names itself.',
};

export function tracingFindings(judged: JudgedTracing): readonly FindingReport[] {
  const { claim, declared, share, requests, traced, traces, notKept } = judged;
  const finding = (code: string, sentence: string, hint: string, where = claim.id): FindingReport => ({
    ...{ code, sentence, hint, where },
    layer: 'observed',
    severity: 'error',
  });
  const wrong = traces.flatMap(({ problem, spans }) =>
    problem ? [{ ...problem, traceId: spans[0]?.traceId ?? '' }] : [],
  );
  const none = traced.bySequence.size === 0 && requests > 0;
  return [
    ...(notKept !== undefined && notKept > 0
      ? [
          finding(
            'TRACE_BACKEND_DROPS',
            `the trace backend got ${whole(notKept)} spans during the load that it did not keep`,
            'Its log says why: a full queue, a memory limit, or a store that refuses.',
            `Service ${claim.backend.namespace}/${claim.backend.service}`,
          ),
        ]
      : []),
    ...(none
      ? [
          finding(
            'TRACES_NONE',
            `no span of ${whole(requests)} requests is at the backend`,
            `Does the mesh know the provider ${declared.provider} (meshConfig.extensionProviders), and does its address lead to this backend?`,
            declared.where,
          ),
        ]
      : []),
    // what most traces show comes first
    ...[...Map.groupBy(wrong, ({ code }) => code)]
      .toSorted(([, one], [, other]) => other.length - one.length)
      .map(([code, [first, ...others]]) =>
        finding(
          code,
          `${whole(others.length + 1)} of ${whole(traces.length)} traces: ${first?.words} (trace ${first?.traceId})`,
          HINTS[code],
        ),
      ),
    ...(share.outcome === 'failed' && !none
      ? [
          finding(
            'TRACE_SHARE_DIFFERS',
            share.sentence,
            'Another Telemetry (of the namespace, or of a workload) may decide, a sampler of the provider, or clients that bring a trace of their own.',
            declared.where,
          ),
        ]
      : []),
  ];
}
