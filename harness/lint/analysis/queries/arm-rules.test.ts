import { describe, expect, it } from 'vitest';
import { analysisFindingsOf, CANARY_SUCCESS, metricOf, type UnitOptions } from '../analysis-fixture.ts';

const ROOT = CANARY_SUCCESS.replaceAll('shop-canary', 'shop');
const STEP_WITH = (args: readonly unknown[]) => ({
  steps: [{ setWeight: 10 }, { analysis: { templates: [{ templateName: 'check' }], args } }],
});

function codesOf(query: string, rest: UnitOptions = {}): string[] {
  return analysisFindingsOf({ metrics: [metricOf(query)], ...rest }).map(({ severity, code }) => `${severity} ${code}`);
}

describe('a query about the canary', () => {
  it('that takes in stable as well is told', () => {
    expect(codesOf(ROOT)).toEqual(['warning ANALYSIS_ARMS_MIXED']);
    const ofApp = CANARY_SUCCESS.replaceAll('destination_service="shop-canary.shop.svc.cluster.local"', 'app="shop"');
    expect(codesOf(ofApp.replaceAll('istio_requests_total', 'http_requests_total'))).toEqual([
      'warning ANALYSIS_ARMS_MIXED',
    ]);
  });

  it('by its Service, its hash, a label of its metadata, or one series for each pod, is not', () => {
    expect(codesOf(CANARY_SUCCESS)).toEqual([]);
    expect(codesOf(CANARY_SUCCESS.replaceAll('="shop-canary', '=~"shop-canary'))).toEqual([]);
    const byHash = ROOT.replaceAll('destination_service="shop.shop.svc.cluster.local"', 'pod=~".*-{{args.hash}}-.*"');
    const hash = { name: 'hash', valueFrom: { podTemplateHashValue: 'Latest' } };
    expect(codesOf(byHash, { args: [{ name: 'hash' }], canary: STEP_WITH([hash]) })).toEqual([]);
    const byRole = ROOT.replaceAll('destination_service="shop.shop.svc.cluster.local"', 'role="canary"');
    const metadata = { canaryMetadata: { labels: { role: 'canary' } }, stableMetadata: { labels: { role: 'stable' } } };
    expect(codesOf(byRole.replaceAll('istio_', 'http_'), { canary: metadata })).toEqual([]);
    expect(codesOf(byRole.replaceAll('istio_', 'http_'))).toEqual(['warning ANALYSIS_ARMS_MIXED']);
  });

  it.each(['status="success"', 'status!="error"', 'outcome=~"ok|passed"', 'error="false"'])(
    'that names one outcome alone, as %s, still sees the others',
    (matcher) => {
      const of = (inside: string) => `sum(rate(shop_requests_total{${inside}}[1m]))`;
      expect(codesOf(`${of(matcher)} / ${of('')}`)).toContain('warning ANALYSIS_ARMS_MIXED');
      expect(codesOf(`${of(matcher)} / ${of('')}`)).not.toContain('warning ANALYSIS_CANARY_UNSEEN');
    },
  );

  it('that looks at stable only is told', () => {
    expect(codesOf(CANARY_SUCCESS.replaceAll('canary', 'stable'))).toEqual(['warning ANALYSIS_CANARY_UNSEEN']);
  });

  it('may compare it with stable, and may be about other things than requests', () => {
    const difference = `(${CANARY_SUCCESS}) - (${CANARY_SUCCESS.replaceAll('canary', 'stable')})`;
    expect(codesOf(difference)).toEqual([]);
    expect(codesOf('max(kafka_consumer_lag{topic="orders"}) or vector(0)')).toEqual([]);
  });
});

describe('the Service that a query names', () => {
  const ofService = (value: string, operator = '=') =>
    CANARY_SUCCESS.replaceAll('="shop-canary.shop.svc.cluster.local"', `${operator}"${value}"`);

  it.each(['canary.shop.svc.cluster.local', 'shop-cannary.shop.svc.cluster.local'])(
    'and which is not there is an error: %s',
    (value) => {
      expect(codesOf(ofService(value))).toContain('error ANALYSIS_SERVICE_UNKNOWN');
      expect(codesOf(ofService(value, '=~'))).toContain('error ANALYSIS_SERVICE_UNKNOWN');
    },
  );

  it('may be given by the Rollout', () => {
    const query = ofService('{{args.service}}.{{args.namespace}}.svc.cluster.local', '=~');
    const given = (service: string) => ({
      args: [{ name: 'service' }, { name: 'namespace' }],
      canary: STEP_WITH([
        { name: 'service', value: service },
        { name: 'namespace', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      ]),
    });
    expect(codesOf(query, given('canary'))).toEqual(['error ANALYSIS_SERVICE_UNKNOWN']);
    expect(codesOf(query, given('shop-canary'))).toEqual([]);
  });

  it.each(['payments.billing.svc.cluster.local', 'shop-.*', 'api.example.com'])(
    'and which is elsewhere, or several, is none of its business: %s',
    (value) => {
      expect(codesOf(ofService(value, '=~'))).not.toContain('error ANALYSIS_SERVICE_UNKNOWN');
    },
  );

  it('is not judged where no Service is part of the unit', () => {
    const text = codesOf(ofService('canary.shop.svc.cluster.local'), { canary: { analysis: undefined } });
    expect(text).toContain('error ANALYSIS_SERVICE_UNKNOWN');
  });
});

describe('the version that a query names', () => {
  const ofVersion = (value: string) =>
    CANARY_SUCCESS.replaceAll('response_code', `destination_version="${value}",response_code`).replaceAll(
      'local"}',
      `local",destination_version="${value}"}`,
    );
  const metadata = { canaryMetadata: { labels: { version: 'next' } }, stableMetadata: { labels: { version: 'now' } } };

  it('has to be one that a pod can have', () => {
    expect(codesOf(ofVersion('v9'))).toEqual(['warning ANALYSIS_VERSION_UNKNOWN']);
    expect(codesOf(ofVersion('next'), { canary: metadata })).toEqual([]);
    expect(codesOf(ofVersion('next'))).toEqual(['warning ANALYSIS_VERSION_UNKNOWN']);
    expect(codesOf(ofVersion('unknown'))).toEqual([]);
  });

  it('is no pod-template hash, whether Istio counts or the program itself', () => {
    const hash = { name: 'hash', valueFrom: { podTemplateHashValue: 'Latest' } };
    const given = (labels: object) => ({
      args: [{ name: 'hash' }],
      canary: { ...STEP_WITH([hash]), canaryMetadata: { labels }, stableMetadata: { labels } },
    });
    const ofProgram = 'sum(rate(shop_requests_total{version="{{args.hash}}",status="ok"}[1m]))';
    const told = analysisFindingsOf(
      { metrics: [metricOf(ofProgram)], ...given({ version: '1.0' }) },
      'ANALYSIS_VERSION_UNKNOWN',
    );
    expect(told).toMatchObject([
      {
        severity: 'warning',
        sentence: expect.stringContaining('asks for version with the pod-template hash, which no pod') as unknown,
        hint: 'Versions there: 1.0. Argo writes the hash into the label rollouts-pod-template-hash of pods, and into no other.',
      },
    ]);
    expect(codesOf(ofVersion('{{args.hash}}'), given({}))).toContain('warning ANALYSIS_VERSION_UNKNOWN');
    // nothing says what the program calls its version, or the query asks for a version
    expect(codesOf(ofProgram, given({ track: 'canary' }))).not.toContain('warning ANALYSIS_VERSION_UNKNOWN');
    const named = ofProgram.replace('{{args.hash}}', '2.0');
    expect(codesOf(named, given({ version: '1.0' }))).not.toContain('warning ANALYSIS_VERSION_UNKNOWN');
  });
});

describe('a Service whose requests the receiving proxy is asked for', () => {
  const orders = (name: string, port: object) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: 'orders' }, ports: [{ port: 80, ...port }] },
  });
  const query = (reporter: string) =>
    CANARY_SUCCESS.replaceAll('shop-canary.shop', 'orders.shop').replaceAll('local"', `local",reporter="${reporter}"`);
  const told = (reporter: string, ...more: readonly object[]) =>
    analysisFindingsOf({ metrics: [metricOf(query(reporter))], more }, 'ANALYSIS_PORT_NOT_HTTP').map(
      ({ severity, sentence }) => `${severity} ${/whose ports are (\S+):/.exec(sentence)?.[1]}`,
    );

  it('has to have a port that is HTTP, or one of which nothing is said', () => {
    expect(told('destination', orders('orders', { name: 'tcp-web' }))).toEqual(['error tcp-web']);
    expect(told('destination', orders('orders', { name: 'http', appProtocol: 'tcp' }))).toEqual(['error tcp']);
    expect(told('destination', orders('orders', { name: 'http-web' }))).toEqual([]);
    expect(told('destination', orders('orders', { name: 'web' }))).toEqual([]);
    expect(told('destination', orders('orders', { name: 'tcp', appProtocol: 'kubernetes.io/h2c' }))).toEqual([]);
  });

  it('is told of both ways out, for its program may speak no HTTP', () => {
    const found = analysisFindingsOf(
      { metrics: [metricOf(query('destination'))], more: [orders('orders', { name: 'tcp' })] },
      'ANALYSIS_PORT_NOT_HTTP',
    );
    expect(found.map(({ hint }) => hint)).toEqual([
      expect.stringMatching(/^Where the program speaks HTTP, say so .*; else ask for what Istio counts of TCP/),
    ]);
  });

  it('may be counted by whoever sends them, or by another name', () => {
    expect(told('source', orders('orders', { name: 'tcp' }))).toEqual([]);
    expect(told('destination', orders('orders', { name: 'tcp' }), orders('orders-web', { name: 'http' }))).toEqual([]);
  });
});
