import { describe, expect, test } from 'vitest';
import { declaredSampling } from './declared-sampling.ts';
import { lintTracing } from './lint.ts';
import { requestsFor } from './sampled-share.ts';

const NAME = { name: 'mesh-default', namespace: 'istio-system' };
const filesOf = (tracing: string) => [
  {
    path: 'observability/telemetry.yaml',
    text: `apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: mesh-default, namespace: istio-system }
spec:
  tracing: ${tracing}
`,
  },
];
const found = (tracing: string) => declaredSampling(filesOf(tracing), 'shop', NAME);

test('the share, the provider and the place are read off the Telemetry', () => {
  expect(found('[{ providers: [{ name: jaeger }], randomSamplingPercentage: 12.5 }]')).toEqual({
    ...{ share: 0.125, provider: 'jaeger' },
    where: expect.stringMatching(/^observability\/telemetry\.yaml:5:\d+$/),
  });
  expect(found('[{ providers: [{ name: jaeger }], randomSamplingPercentage: 100 }]').share).toBe(1);
});

describe('is no declaration', () => {
  test.each([
    ['[]', 'has 0 entries under tracing'],
    ['[{ match: { mode: CLIENT } }, { match: { mode: SERVER } }]', 'has 2 entries under tracing'],
    ['[{ providers: [{ name: jaeger }] }]', 'declares no randomSamplingPercentage above 0 and at most 100'],
    ['[{ providers: [{ name: jaeger }], randomSamplingPercentage: 0 }]', 'declares no randomSamplingPercentage'],
    ['[{ providers: [{ name: jaeger }], randomSamplingPercentage: 101 }]', 'declares no randomSamplingPercentage'],
    ['[{ providers: [{ name: jaeger }], randomSamplingPercentage: "20" }]', 'declares no randomSamplingPercentage'],
    ['[{ randomSamplingPercentage: 20 }]', 'names no provider'],
    ['[{ disableSpanReporting: true, randomSamplingPercentage: 20 }]', 'has disableSpanReporting'],
  ])('%s', (tracing, sentence) => {
    expect(() => found(tracing)).toThrow(expect.objectContaining({ code: 'TRACING_UNDECLARED', exitCode: 2 }));
    expect(() => found(tracing)).toThrow(sentence);
  });

  test('a Telemetry that is not there, and lint says so at the claim', () => {
    const files = filesOf('[{ providers: [{ name: jaeger }], randomSamplingPercentage: 20 }]');
    const claim = { telemetry: { name: 'mesh-default', namespace: 'shop' }, home: 'shop' };
    const context = { files, home: 'shop', where: 'profile.yaml:9:3', application: undefined, applicationFile: '' };
    expect(lintTracing(claim, context)).toMatchObject([
      { code: 'TRACING_UNDECLARED', severity: 'error', where: 'profile.yaml:9:3' },
    ]);
    expect(lintTracing({ ...claim, telemetry: NAME }, context)).toEqual([]);
  });
});

test('a share that the margin leaves no room around has no size, and all of them a small one', () => {
  expect(() => requestsFor(0.04, 'smoke')).toThrow(expect.objectContaining({ code: 'SPLIT_MARGIN' }));
  expect(requestsFor(0.2, 'smoke')).toBeLessThan(3_500);
  expect(requestsFor(1, 'smoke')).toBeLessThan(requestsFor(0.2, 'smoke'));
});
