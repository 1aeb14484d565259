import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../k8s/client/api-request.ts';
import { formatHops, type Hop } from '../../../k8s/workload/hops.ts';
import type { LoadRequest, LoadResult } from '../../ports/load.ts';
import type { RequestSample } from '../../ports/request-sample.ts';
import { createFakeScene } from '../../testkit/fakes/fake-scene.ts';
import { endingLoad } from '../../testkit/fakes/lasting-load.ts';
import { drawnShare, steadySamples } from '../../testkit/fakes/scripted-load.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { type FakeJaeger, type FakeSpan, playJaeger, wholeTrace } from './jaeger-fixture.ts';
import { judgeTracing } from './judge.ts';
import type { TracingClaim } from './tracing-claim.ts';

const CLAIM: TracingClaim = {
  id: 'shop/tracing',
  title: 'a tenth is traced',
  kind: 'tracing',
  telemetry: { name: 'mesh-default', namespace: 'istio-system' },
  services: ['page', 'reviews'],
  path: { kind: 'ingress', host: undefined, path: '/', ratePerSecond: 1000 },
  backend: { namespace: 'istio-system', service: 'tracing', port: 80, metricsPort: 8888 },
  home: 'shop',
};

const telemetryOf = (percentage: number) => `apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: mesh-default, namespace: istio-system }
spec:
  tracing:
    - providers: [{ name: jaeger }]
      randomSamplingPercentage: ${percentage}
`;

const hopsOf = (version: string): readonly Hop[] => [
  { service: 'page', version: 'v1', pod: 'page-0' },
  { service: 'reviews', version, pod: `reviews-${version}` },
];
const versionOf = (sequence: number) => (drawnShare(sequence + 77) < 0.1 ? 'v2' : 'v1');

interface Play {
  /** Share that the proxies trace. */
  readonly share?: number;
  /** Percentage that Git declares. */
  readonly declared?: number;
  /** What comes of one whole trace on the way to the backend. */
  readonly arrive?: (spans: readonly FakeSpan[], sequence: number) => readonly FakeSpan[];
  readonly identity?: (sequence: number) => string;
  readonly answer?: (sample: RequestSample) => RequestSample;
  readonly distort?: (result: LoadResult) => LoadResult;
  readonly set?: (jaeger: FakeJaeger) => void;
  readonly signal?: AbortSignal;
  readonly meanwhile?: () => void;
}

async function judge(play: Play = {}) {
  const { share = 0.1, declared = 10, arrive = (spans) => spans, distort, signal } = play;
  const { identity = (sequence: number) => formatHops(hopsOf(versionOf(sequence))), answer } = play;
  let jaeger: FakeJaeger | undefined;
  const sentIn = (request: LoadRequest) => {
    const count = Math.round((request.maxDurationMs * request.ratePerSecond) / 1000);
    return steadySamples(
      count,
      (sequence) => {
        if (drawnShare(sequence + 5) < share) {
          const spans = wholeTrace(
            `t${sequence}`,
            `${request.marked}${sequence}`,
            START_MS + sequence,
            hopsOf(versionOf(sequence)),
          );
          jaeger?.spans.push(...arrive(spans, sequence));
        }
        return identity(sequence);
      },
      answer,
    );
  };
  const load = endingLoad((request) => {
    play.meanwhile?.();
    scene.clock.ms += request.maxDurationMs;
    return sentIn(request);
  }, distort);
  const scene = await createFakeScene({
    load,
    ...(signal ? { signal } : {}),
  });
  await scene.source.commit([{ path: 'telemetry.yaml', text: telemetryOf(declared) }], 'telemetry');
  jaeger = playJaeger(scene.client);
  play.set?.(jaeger);
  const result = await judgeTracing(CLAIM, scene).finally(() => expect(load.running).toBe(0));
  return { ...result, jaeger, codes: (result.findings ?? []).map(({ code }) => code) };
}

const START_MS = Date.UTC(2026, 0, 2);

test('whole traces of the declared share, with the versions that answered: passed', async () => {
  const { claim, codes, splits, traces } = await judge();
  expect(codes).toEqual([]);
  expect(claim.outcome).toBe('passed');
  expect(claim.sentence).toMatch(
    /^All [\d,]+ traces lead from the gateway to everybody who answered, with the version that each of them names \(page v1 [\d,]+; reviews v1 [\d,]+, v2 \d+\)\. Of [\d,]+ requests, traced \d+(\.\d+)? % \(declared 10 %\), not traced .*: within ±5 points\./,
  );
  expect(splits).toMatchObject([{ claimId: 'shop/tracing', outcome: 'passed', design: 'fixed-sample' }]);
  // one trace for the report, each span behind the one that caused it
  expect(traces).toMatchObject([{ claimId: 'shop/tracing', problem: null }]);
  expect(traces?.[0]?.spans.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'istio-ingressgateway answers',
    'istio-ingressgateway asks',
    'page v1 answers',
    'page v1 asks',
    expect.stringMatching(/^reviews v\d answers$/),
  ]);
});

describe('the share', () => {
  test.each(fewOf(1, [0.01, 0.25]))('of %d where a tenth is declared: failed', async (share) => {
    const { claim, codes } = await judge({ share });
    expect(claim.outcome).toBe('failed');
    expect(codes).toEqual(['TRACE_SHARE_DIFFERS']);
  });

  thorough('of all is exact: one request without a trace refutes it', async () => {
    expect((await judge({ share: 1, declared: 100 })).claim.outcome).toBe('passed');
    const { claim, codes } = await judge({
      share: 1,
      declared: 100,
      arrive: (spans, sequence) => (sequence === 300 ? [] : spans),
    });
    expect(claim.outcome).toBe('failed');
    expect(codes).toEqual(['TRACE_SHARE_DIFFERS']);
    expect(claim.sentence).toMatch(/^1 request of [\d,]+ left no trace, where each is to leave one/);
  });

  test('of requests that nobody answered is not known, and holds a pass back', async () => {
    const answer = (sample: RequestSample) =>
      sample.sequence % 5 === 0 ? { ...sample, status: 0, errorCode: 1050, identity: '' } : sample;
    const { splits, claim } = await judge({ answer });
    expect(claim.outcome).toBe('inconclusive');
    const [split] = splits ?? [];
    expect(split).toMatchObject({ outcome: 'inconclusive' });
    expect(split?.unattributed).toBe(split?.errors);
    expect(split?.unattributed).toBeGreaterThan(0);
  });

  thorough('of none has a code of its own', async () => {
    const { claim, codes, findings } = await judge({ share: 0 });
    expect(claim.outcome).toBe('failed');
    expect(codes).toEqual(['TRACES_NONE']);
    expect(findings?.[0]?.where).toMatch(/^telemetry\.yaml:7:\d+$/);
  });
});

describe('a trace', () => {
  const asRoots = (spans: readonly FakeSpan[]) =>
    spans.map((span, index) => ({ ...span, traceId: `${span.traceId}.${index}`, parentSpanId: undefined }));

  thorough('in pieces that each tell of the request: the context was not passed on', async () => {
    const { claim, codes } = await judge({ arrive: asRoots });
    expect(claim.outcome).toBe('failed');
    expect(codes).toEqual(['TRACE_BROKEN']);
    expect(claim.sentence).toContain('the spans of one request are in 5 pieces, which begin at istio-ingressgateway');
  });

  thorough('of a caller that passes on nothing at all: the same, by the traces that begin at its sidecar', async () => {
    const { claim, codes } = await judge({
      arrive: (spans) =>
        spans.map((span, index) =>
          index < 3
            ? span
            : {
                ...span,
                ...{ traceId: `other-${span.traceId}`, userAgent: 'somebody' },
                parentSpanId: index === 3 ? undefined : span.parentSpanId,
              },
        ),
    });
    expect(claim.outcome).toBe('failed');
    expect(codes).toEqual(['TRACE_BROKEN']);
    expect(claim.sentence).toContain('and its spans are in traces of their own');
  });

  thorough(
    'that lacks the spans of who answered: dropped, and not taken for a caller that passes nothing on',
    async () => {
      const { claim, codes } = await judge({
        arrive: (spans, sequence) => (sequence % 50 === 0 ? spans.slice(0, -1) : spans),
      });
      expect(claim.outcome).toBe('failed');
      expect(codes).toEqual(['TRACE_SPANS_MISSING']);
      expect(claim.sentence).toMatch(/reviews (v\d) answered \(reviews-\1\), and no span of it is there/);
    },
  );

  thorough('that lacks spans beside the traces of other clients: those tell nothing of a caller', async () => {
    const { codes } = await judge({
      arrive: (spans, sequence) => [
        ...spans.slice(0, -1),
        ...wholeTrace(`others-${sequence}`, 'somebody', START_MS + sequence, hopsOf(versionOf(sequence))),
      ],
    });
    expect(codes).toEqual(['TRACE_SPANS_MISSING']);
  });

  thorough('that is wrong in two ways: what most traces show comes first', async () => {
    const { codes } = await judge({
      arrive: (spans, sequence) =>
        sequence % 50 === 0
          ? spans.slice(0, -1)
          : spans.map((span) => (span.version === 'v2' ? { ...span, version: 'v1' } : span)),
    });
    expect(codes).toEqual(['TRACE_VERSION_DIFFERS', 'TRACE_SPANS_MISSING']);
  });

  thorough('that lacks a parent', async () => {
    const { codes, claim } = await judge({
      arrive: (spans) => spans.filter(({ spanId }) => !spanId.includes('asks-rev')),
    });
    expect(codes).toEqual(['TRACE_SPANS_MISSING']);
    expect(claim.sentence).toContain('the parent of the span of reviews v');
  });

  thorough('that begins behind the gateway', async () => {
    const { codes, claim } = await judge({
      arrive: (spans) =>
        spans.slice(2).map((span, index) => (index === 0 ? { ...span, parentSpanId: undefined } : span)),
    });
    expect(codes).toEqual(['TRACE_GATEWAY_MISSING']);
    expect(claim.outcome).toBe('failed');
  });

  test('that says another version than the pod that answered', async () => {
    const { claim, codes, traces } = await judge({
      arrive: (spans) => spans.map((span) => (span.version === 'v2' ? { ...span, version: 'v1' } : span)),
    });
    expect(claim.outcome).toBe('failed');
    expect(codes).toEqual(['TRACE_VERSION_DIFFERS']);
    // the one that the report shows is one that is wrong
    expect(traces?.[0]?.problem).toContain('its span says v1');
    expect(claim.sentence).toContain('reviews v2 answered (reviews-v2), and its span says v1');
  });
});

describe('the backend', () => {
  test('counts spans that it did not keep: failed, although every trace is whole', async () => {
    const { claim, codes } = await judge({ set: (jaeger) => Object.assign(jaeger, { refuses: 12 }) });
    expect(claim.outcome).toBe('failed');
    expect(codes).toEqual(['TRACE_BACKEND_DROPS']);
  });

  thorough('that began anew meanwhile, and did not keep spans since', async () => {
    const { codes, claim } = await judge({ set: (jaeger) => Object.assign(jaeger, { refused: 100, refuses: 12 }) });
    expect(codes).toEqual(['TRACE_BACKEND_DROPS']);
    expect(claim.sentence).toContain('got 12 spans');
  });

  thorough('that still gets spans when nothing more is waited for: what is missing may still come', async () => {
    const slowly = (jaeger: FakeJaeger) => {
      jaeger.answer = (text) => {
        const { result } = JSON.parse(text) as { result: { resourceSpans: [{ scopeSpans: [{ spans: unknown[] }] }] } };
        const [
          {
            scopeSpans: [{ spans }],
          },
        ] = result.resourceSpans;
        const come = spans.slice(0, 5 * jaeger.asked.length);
        return JSON.stringify({ result: { resourceSpans: [{ scopeSpans: [{ spans: come }] }] } });
      };
    };
    await expect(judge({ set: slowly })).rejects.toMatchObject({ code: 'TRACES_STILL_COMING', exitCode: 3 });
  });

  test('that is not ready is found before the load', async () => {
    let sent = false;
    const refused = () => {
      throw new ApiError(503, 'no endpoints available for service "tracing"');
    };
    await expect(
      judge({ set: (jaeger) => Object.assign(jaeger, { answer: refused }), meanwhile: () => (sent = true) }),
    ).rejects.toMatchObject({ code: 'TRACE_BACKEND_UNREACHABLE', exitCode: 3 });
    expect(sent).toBe(false);
  });

  test('whose Service is not there is no empty answer, although both are a 404', async () => {
    const missing = () => {
      throw new ApiError(404, 'services "tracing" not found');
    };
    await expect(judge({ set: (jaeger) => Object.assign(jaeger, { answer: missing }) })).rejects.toMatchObject({
      code: 'TRACE_BACKEND_UNREACHABLE',
    });
  });

  test('is not blamed for a question that the end of the run cut off', async () => {
    const over = new AbortController();
    const reason = new DOMException('time is up', 'TimeoutError');
    let isSent = false;
    const cutOff = (text: string) => {
      if (!isSent) return text;
      over.abort(reason);
      throw new ApiError(500, 'aborted');
    };
    const asked = judge({
      signal: over.signal,
      meanwhile: () => (isSent = true),
      set: (jaeger) => Object.assign(jaeger, { answer: cutOff }),
    });
    await expect(asked).rejects.toBe(reason);
  });

  test.each(fewOf(1, ['receiver_refused', 'exporter_send_failed', 'exporter_enqueue_failed', 'processor_refused']))(
    'counts what it did not keep as %s',
    async (counter) => {
      const { codes } = await judge({ set: (jaeger) => Object.assign(jaeger, { counter, refuses: 3 }) });
      expect(codes).toEqual(['TRACE_BACKEND_DROPS']);
    },
  );

  thorough('is asked for all of the time of the load, in pieces', async () => {
    const { jaeger } = await judge();
    const asked = jaeger!.asked.flatMap((path) => {
      const query = new URL(path, 'http://api').searchParams;
      const at = (name: string) => Date.parse(query.get(`query.start_time_${name}`) ?? '');
      return path.includes('/traces?') ? [{ from: at('min'), to: at('max') }] : [];
    });
    const sorted = asked.toSorted((a, b) => a.from - b.from);
    expect(sorted.length).toBeGreaterThan(5);
    for (const [index, { from }] of sorted.entries())
      expect(from).toBeLessThanOrEqual(Math.max(...sorted.slice(0, Math.max(1, index)).map(({ to }) => to)));
  });

  test.each([
    ['cut off', (text: string) => text.slice(0, -20)],
    ['something else', () => '<html>login</html>'],
    ['without spans where they belong', () => '{"result":{}}'],
  ])('whose answer is %s is no evidence', async (_, answer) => {
    await expect(judge({ set: (jaeger) => Object.assign(jaeger, { answer }) })).rejects.toMatchObject({
      code: 'TRACE_ANSWER_BROKEN',
      exitCode: 3,
    });
  });

  thorough('that has more traces than it was asked for would have left some out', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) =>
      wholeTrace(`other${index}`, 'somebody', START_MS, hopsOf('v1')).slice(0, 1),
    ).flat();
    const meanwhile = () => expect.unreachable('it is found before the load');
    await expect(judge({ set: (jaeger) => jaeger.spans.push(...many), meanwhile })).rejects.toMatchObject({
      code: 'TRACES_TRUNCATED',
      exitCode: 3,
    });
  });
});

thorough('answers that name nobody say nothing of what a trace must cross', async () => {
  const { claim } = await judge({ identity: () => '' });
  expect(claim.outcome).not.toBe('passed');
});

thorough('answers without the services that are claimed are not enough', async () => {
  const { claim } = await judge({ identity: () => formatHops([{ service: 'page', version: 'v1', pod: 'page-0' }]) });
  expect(claim.outcome).toBe('inconclusive');
  expect(claim.sentence).toContain('no answer of theirs names page, reviews');
});

thorough('bad books are no verdict, whatever the traces look like', async () => {
  const { claim, findings } = await judge({
    arrive: (spans) => spans.slice(0, -1),
    distort: (result) => ({ ...result, droppedIterations: 1_000 }),
  });
  expect(claim.outcome).toBe('invalid');
  expect(findings).toEqual([]);
});

thorough('bad books are no verdict, and no findings', async () => {
  const { claim, findings } = await judge({
    share: 1,
    distort: (result) => ({ ...result, droppedIterations: 1_000 }),
  });
  expect(claim.outcome).toBe('invalid');
  expect(findings).toEqual([]);
});

test('a run that is over says nothing', async () => {
  const over = new AbortController();
  const reason = new DOMException('time is up', 'TimeoutError');
  await expect(judge({ signal: over.signal, meanwhile: () => over.abort(reason) })).rejects.toBe(reason);
});
