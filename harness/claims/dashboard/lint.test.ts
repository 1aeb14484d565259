import { expect, test } from 'vitest';
import { dashboard } from './declaration.ts';
import { lintDashboards } from './lint.ts';

const DASHBOARD = JSON.stringify({ panels: [] });
const SOURCES = 'datasources: [{ name: Prometheus, type: prometheus }]\n';
const configMap = (labels: object, data: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels }, data });

function codes(text: string, file = 'golden.yaml', sources = SOURCES) {
  const document = dashboard.schema.parse({
    ...{ id: 'shop/dashboard', title: 't', kind: 'dashboard', dashboards: [file], dataSources: 'sources.yaml' },
    ...{ service: 'cart', path: { kind: 'ingress', path: '/' } },
  });
  const claim = dashboard.resolve(document, { home: 'shop', pathOf: (path: object) => path } as never);
  const files = [
    { path: 'golden.yaml', text },
    { path: 'golden.json', text },
    { path: 'sources.yaml', text: sources },
  ];
  const context = { files, home: 'shop', where: 'profile.yaml:1:1', application: undefined, applicationFile: 'a.yaml' };
  return lintDashboards(claim!, context).map(({ code, where, sentence }) => `${code} ${where}: ${sentence}`);
}

test.each([
  ['a file', DASHBOARD, 'golden.json'],
  ['a ConfigMap', configMap({ grafana_dashboard: '1' }, { 'a.json': DASHBOARD, 'README.md': '#' }), 'golden.yaml'],
])('%s is read', (_, text, file) => {
  expect(codes(text, file)).toEqual([]);
});

test.each<[string, string, string, string]>([
  ['that is not there', DASHBOARD, 'lost.json', 'DASHBOARD_UNREADABLE lost.json: it is not in Git'],
  ['that is no JSON', '{', 'golden.json', 'DASHBOARD_UNREADABLE golden.json: it is no JSON: Expected property name'],
  ['of other YAML', 'a: b\n', 'golden.yaml', 'DASHBOARD_UNREADABLE golden.yaml: it holds neither JSON nor a ConfigMap'],
  [
    'of a ConfigMap that the sidecar does not take',
    configMap({}, { 'a.json': DASHBOARD }),
    'golden.yaml',
    'DASHBOARD_UNREADABLE golden.yaml: it holds no ConfigMap with the label grafana_dashboard',
  ],
  [
    'of a ConfigMap whose keys Grafana does not load',
    configMap({ grafana_dashboard: '1' }, { a: DASHBOARD }),
    'golden.yaml',
    'DASHBOARD_UNREADABLE golden.yaml: it holds no key that ends in .json',
  ],
  [
    'in one of several keys',
    configMap({ grafana_dashboard: '1' }, { 'a.json': DASHBOARD, 'b.json': '{}' }),
    'golden.yaml',
    'DASHBOARD_UNREADABLE golden.yaml (b.json): it is no dashboard',
  ],
])('a dashboard %s', (_, text, file, expected) => {
  expect(codes(text, file)).toEqual([expect.stringContaining(expected) as string]);
});

test('data sources that are not provisioned', () => {
  expect(codes(DASHBOARD, 'golden.json', 'a: b\n')).toEqual([
    'DASHBOARD_SOURCES_MISSING profile.yaml:1:1: sources.yaml provisions no data source',
  ]);
});
