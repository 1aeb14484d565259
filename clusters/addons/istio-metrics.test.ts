import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { addonManifest } from './addon-files.ts';
import { DESTINATION_TAGS, GATEWAY_TAGS, metricsFilter, SOURCE_TAGS } from './istio-metrics.ts';
import { readManifests } from './manifest-file.ts';

/** istio.io/latest/docs/reference/config/metrics, for HTTP, HTTP/2 and gRPC. */
const STANDARD = [
  'reporter',
  ...['source', 'destination'].flatMap((side) =>
    [
      'workload',
      'workload_namespace',
      'principal',
      'app',
      'version',
      'cluster',
      'canonical_service',
      'canonical_revision',
    ].map((label) => `${side}_${label}`),
  ),
  'destination_service',
  'destination_service_name',
  'destination_service_namespace',
  'request_protocol',
  'response_code',
  'response_flags',
  'grpc_response_status',
  'connection_security_policy',
];

interface RelabelRule {
  readonly source_labels?: readonly string[];
  readonly regex?: string;
  readonly action?: string;
  readonly target_label?: string;
  readonly replacement?: string;
}
type Labels = Readonly<Record<string, string>>;

/** As Prometheus relabels: anchored, a label without a value is none, a rule that does not match changes nothing. */
function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  let current = labels;
  for (const {
    source_labels = [],
    regex = '(.*)',
    action = 'replace',
    target_label = '',
    replacement = '$1',
  } of rules) {
    const pattern = new RegExp(`^(?:${regex})$`, 's');
    const value = source_labels.map((name) => current[name] ?? '').join(';');
    if (action === 'keep' && !pattern.test(value)) return undefined;
    if (action === 'labeldrop')
      current = Object.fromEntries(Object.entries(current).filter(([name]) => !pattern.test(name)));
    if (action === 'replace' && pattern.test(value))
      current = { ...current, [target_label]: value.replace(pattern, replacement) };
    if (!['keep', 'labeldrop', 'replace'].includes(action)) throw new Error(`the test does not know ${action}`);
  }
  return Object.fromEntries(Object.entries(current).filter(([, value]) => value !== ''));
}

const manifests = await readManifests(addonManifest('prometheus.yaml'));
const configMap = manifests.find(({ kind }) => kind === 'ConfigMap') as unknown as {
  readonly data: Readonly<Record<string, string>>;
};
const config = parse(configMap.data['prometheus.yml'] ?? '') as {
  readonly scrape_configs: readonly { readonly metric_relabel_configs: readonly RelabelRule[] }[];
};
const rules = config.scrape_configs[0]?.metric_relabel_configs ?? [];

/** What Envoy would expose when each format gave `own NAME`. */
function exposed(tags: Labels, values: Labels): Labels {
  const own = Object.fromEntries(Object.keys(tags).map((name) => [name, `own ${name}`]));
  return { __name__: 'envoy_istio_requests_total', ...own, reporter: tags.reporter ?? '', ...values };
}

const PEER = 'web-v2;shop;web;r2;Kubernetes;web-app;v2';
const peerOf = (side: string) => ({
  [`${side}_workload`]: 'web-v2',
  [`${side}_workload_namespace`]: 'shop',
  [`${side}_canonical_service`]: 'web',
  [`${side}_canonical_revision`]: 'r2',
  [`${side}_cluster`]: 'Kubernetes',
  [`${side}_app`]: 'web-app',
  [`${side}_version`]: 'v2',
});

describe('labels of Istio’s standard metrics', () => {
  test.each([
    ['sidecar, outbound', SOURCE_TAGS, 'destination'],
    ['gateway', GATEWAY_TAGS, 'destination'],
    ['sidecar, inbound', DESTINATION_TAGS, 'source'],
  ])('%s: all of them and no other, the peer from its description', (_, tags, side) => {
    const found = relabel(exposed(tags, { peer: PEER }), rules);
    expect(Object.keys(found ?? {}).sort()).toEqual([...STANDARD, '__name__'].sort());
    expect(found).toMatchObject({ __name__: 'istio_requests_total', ...peerOf(side) });
  });

  test('an endpoint that did not answer has no app and no version, as Istio has it', () => {
    expect(relabel(exposed(SOURCE_TAGS, { peer: 'web-v2;shop;web;r2;Kubernetes' }), rules)).toMatchObject({
      ...peerOf('destination'),
      destination_app: 'unknown',
      destination_version: 'unknown',
    });
  });

  test('a peer outside of the mesh, and one that lacks labels', () => {
    const unknown = relabel(exposed(DESTINATION_TAGS, { peer: '', source_principal: '' }), rules);
    expect(unknown).toMatchObject({
      source_workload: 'unknown',
      source_workload_namespace: 'unknown',
      source_principal: 'unknown',
      source_app: 'unknown',
      source_version: 'unknown',
      source_canonical_revision: 'latest',
    });
    const bare = relabel(exposed(DESTINATION_TAGS, { peer: 'web;shop;web;latest;Kubernetes;;' }), rules);
    expect(bare).toMatchObject({ source_workload: 'web', source_app: 'unknown', source_version: 'unknown' });
  });

  test('a Service without a namespace of its own is in the namespace of who answered', () => {
    const found = relabel(exposed(SOURCE_TAGS, { peer: PEER, destination_service_namespace: '' }), rules);
    expect(found?.destination_service_namespace).toBe('shop');
  });

  test('nothing but Istio’s metrics is kept', () => {
    expect(relabel({ __name__: 'envoy_cluster_upstream_rq' }, rules)).toBeUndefined();
    const bucket = {
      ...exposed(SOURCE_TAGS, { peer: PEER }),
      __name__: 'envoy_istio_request_duration_milliseconds_bucket',
    };
    expect(relabel({ ...bucket, le: '500' }, rules)).toMatchObject({
      __name__: 'istio_request_duration_milliseconds_bucket',
      le: '500',
    });
  });
});

test('each direction tells in the one header and reads in the other, and removes what it read', async () => {
  const text = JSON.stringify(metricsFilter('istio-system'));
  expect(text.match(/"request_mutations"/g)).toHaveLength(2);
  expect(text.match(/"response_mutations"/g)).toHaveLength(1);
  expect(text.match(/"response_rules"/g)).toHaveLength(2);
  expect(text.match(/"request_rules"/g)).toHaveLength(1);
  expect(text.match(/"remove":true/g)).toHaveLength(3);
  // what lets Envoy keep the counters
  expect(await readFile(addonManifest('istiod-values.yaml'), 'utf8')).toMatch(/inclusionPrefixes: \[\W*istio\./);
});
