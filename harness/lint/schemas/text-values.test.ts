import { expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { textValueFindings } from './text-values.ts';

const found = (text: string) => textValueFindings(parseManifestSet([{ path: 'a.yaml', text }]));
const pod = (container: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: shop, ${container} }]${more} }
`;

test.each([
  [
    'a truth value in the environment',
    pod('env: [{ name: A, value: "1" }, { name: B, value: true }]'),
    'containers.0.env.1.value is the truth value true',
  ],
  ['a plain yes', pod('env: [{ name: A, value: yes }]'), 'env.0.value is the truth value true'],
  ['a port', pod('env: [{ name: PORT, value: 8080 }]'), 'env.0.value is the number 8080'],
  ['an argument', pod('args: [--port, 8080]'), 'containers.0.args.1 is the number 8080'],
  [
    'a node that is chosen by a number',
    pod('image: a', ', nodeSelector: { pool: 2 }'),
    'nodeSelector.pool is the number 2',
  ],
  [
    'an annotation',
    'apiVersion: v1\nkind: Service\nmetadata: { name: shop, annotations: { a: on } }\n',
    'metadata.annotations.a is the truth value true',
  ],
  [
    'a label of a resource of others',
    'apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: shop, labels: { v: 1.5 } }\n',
    'metadata.labels.v is the number 1.5',
  ],
  [
    'a setting',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata: { MAX: 10 }\n',
    'data.MAX is the number 10',
  ],
  [
    'a subset',
    'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: shop }\nspec: { host: shop, subsets: [{ name: a, labels: { version: 1 } }] }\n',
    'subsets.0.labels.version is the number 1',
  ],
  [
    'a job that comes back',
    'apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: shop }\nspec: { jobTemplate: { spec: { template: { spec: { containers: [{ env: [{ name: A, value: 1 }] }] } } } } }\n',
    'jobTemplate.spec.template.spec.containers.0.env.0.value is the number 1',
  ],
])('%s is no text', (_what, text, words) => {
  const [finding, ...others] = found(text);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ code: 'MANIFEST_TEXT_EXPECTED', severity: 'error' });
  expect(finding?.sentence).toContain(words);
});

test('an object is told once, with how many places it has', () => {
  const findings = found(pod('env: [{ name: A, value: 1 }, { name: B, value: 2 }], args: [3]'));
  expect(findings.map(({ where }) => where)).toEqual(['a.yaml:7:64']);
  expect(findings[0]?.sentence).toContain('(so are 2 more places of it)');
});

test.each([
  ['quoted ones', pod('env: [{ name: A, value: "true" }, { name: B, value: "8080" }, { name: C }], args: ["1"]')],
  ['an empty value', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop, labels: { a: } }\ndata: { A: }\n'],
  ['numbers where numbers stand', pod('ports: [{ containerPort: 8080 }], resources: { limits: { cpu: 1 } }')],
  [
    'fields of resources of others',
    'apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: shop }\ndata: { A: 1 }\n',
  ],
])('%s: nothing', (_what, text) => {
  expect(found(text)).toEqual([]);
});
