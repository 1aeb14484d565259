import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import { runsOf, thorough } from '../testkit/runner/thorough.ts';
import { lintFolder } from './folder-variants.ts';

const variant = (path: string, args: string) => ({
  path,
  text: `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: ${path.replace('.yaml', '')} }
spec: { strategy: { canary: { steps: [{ setWeight: 50 }, { analysis: { templates: [{ templateName: check }] } }] } } }
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: { name: check }
spec:
  args: [${args}]
  metrics: [{ name: check, successCondition: "result[0] < 1", provider: { prometheus: { query: 'sum(up{job="{{args.job}}"})' } } }]
`,
});

const codes = (...files: readonly { path: string; text: string }[]) =>
  lintFolder(parseManifestSet(files)).map(({ severity, code, where }) => `${severity} ${code} ${where?.split(':')[0]}`);

test('what a file refers to is what it holds itself, whatever its twins of other files say', () => {
  const [whole, lacking] = [variant('a.yaml', '{ name: job, value: shop }'), variant('b.yaml', '{ name: job }')];
  for (const files of [
    [whole, lacking],
    [lacking, whole],
  ]) {
    const found = codes(...files);
    expect(found.filter((one) => one.includes('ANALYSIS_ARGUMENT_MISSING'))).toEqual([
      'error ANALYSIS_ARGUMENT_MISSING b.yaml',
    ]);
    expect(found.filter((one) => one.includes('OBJECT_DUPLICATE'))).toHaveLength(1);
  }
});

test('files without twins are judged together, and a broken one is said once', () => {
  const [rollout = '', template = ''] = variant('a.yaml', '{ name: job }').text.split('---\n');
  expect(codes({ path: 'a.yaml', text: rollout }, { path: 'b.yaml', text: template })).toContain(
    'error ANALYSIS_ARGUMENT_MISSING a.yaml',
  );
  const broken = { ...variant('c.yaml', '{ name: job, value: x }') };
  const found = codes({ ...broken, text: `${broken.text}---\na: [\n` }, variant('d.yaml', '{ name: job, value: x }'));
  expect(found.filter((one) => one.includes('MANIFEST_YAML_SYNTAX'))).toHaveLength(1);
});

const NAMESPACE = '---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n';
const ACCOUNT = (image: string) =>
  `---\napiVersion: v1\nkind: ServiceAccount\nmetadata: { name: shop }\nimagePullSecrets: [{ name: ${image} }]\n`;
const CONFIG = '---\napiVersion: v1\nkind: Service\nmetadata: { name: shop }\nspec: { selector: { app: shop } }\n';

test.each([
  ['a Namespace', NAMESPACE, `${NAMESPACE.trimEnd().replace(' }', ', labels: { istio-injection: enabled } }')}\n`],
  ['a ServiceAccount', ACCOUNT('one'), ACCOUNT('other')],
  ['an equal copy', CONFIG, CONFIG.replace('name: shop }\nspec', 'name: shop } # the same\nspec')],
])('%s in both files makes no variants of them: what is wrong between them is found', (_, first, second) => {
  const [rollout = '', template = ''] = variant('a.yaml', '{ name: job }').text.split('---\n');
  expect(codes({ path: 'a.yaml', text: rollout + first }, { path: 'b.yaml', text: template + second })).toContain(
    'error ANALYSIS_ARGUMENT_MISSING a.yaml',
  );
  const route = (name: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name} }
spec: { hosts: [cart], http: [{ route: [{ destination: { host: cart } }] }] }
`;
  expect(codes({ path: 'a.yaml', text: route('a') + first }, { path: 'b.yaml', text: route('b') + second })).toContain(
    'info VIRTUAL_SERVICE_HOST_TWICE b.yaml',
  );
});

const workload = (name: string, image: string) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec: { template: { metadata: { labels: { app: ${name} } }, spec: { containers: [{ name: main, image: ${image} }] } } }
`;

test('a file is judged with the files that it is no variant of, and these may have variants of their own', () => {
  const [rollout = '', template = ''] = variant('a.yaml', '{ name: job }').text.split('---\n');
  const found = codes(
    { path: 'a.yaml', text: rollout + workload('cart', 'one') },
    { path: 'b.yaml', text: rollout.replace('name: a', 'name: b') + workload('cart', 'two') },
    { path: 'c.yaml', text: template + workload('stock', 'one') },
    { path: 'd.yaml', text: template + workload('stock', 'two') },
  );
  expect(found.filter((one) => one.includes('ANALYSIS_ARGUMENT_MISSING'))).toEqual([
    'error ANALYSIS_ARGUMENT_MISSING a.yaml',
    'error ANALYSIS_ARGUMENT_MISSING b.yaml',
  ]);
});

// each is judged with all that were before it
const VARIANTS = runsOf(40, 300);
test('of many variants the last are judged alone, which is said', () => {
  const lacking = (index: number) =>
    variant(`v${String(index).padStart(3, '0')}.yaml`, `{ name: job }, { name: other, value: "${index}" }`);
  const found = codes(...Array.from({ length: VARIANTS }, (_, index) => lacking(index)));
  expect(found.filter((one) => one.includes('ANALYSIS_ARGUMENT_MISSING'))).toHaveLength(VARIANTS);
  expect(found.filter((one) => one.includes('VARIANTS_JUDGED_ALONE'))).toEqual([
    'info VARIANTS_JUDGED_ALONE v032.yaml',
  ]);
});

thorough('hundreds of files that each have one variant are judged in two goes', () => {
  const pairs = Array.from({ length: 150 }, (_, index) =>
    ['one', 'two'].map((image) => ({ path: `p${index}-${image}.yaml`, text: workload(`p${index}`, image) })),
  ).flat();
  expect(codes(...pairs).filter((one) => one.includes('VARIANTS_JUDGED_ALONE'))).toEqual([]);
});

test('where one of several files is applied, two routes for one host are no error: in two files nobody may apply both', () => {
  const route = (name: string, host: string, weight: number) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name} }
spec:
  hosts: [${host}]
  http: [{ route: [{ destination: { host: ${host} }, weight: ${weight} }, { destination: { host: other }, weight: ${100 - weight} }] }]
`;
  const found = (file: string, text: string) =>
    codes(
      { path: 'a.yaml', text: route('shop', 'shop', 90) },
      { path: 'b.yaml', text: route('shop', 'shop', 50) },
      { path: file, text },
    ).filter((one) => one.includes('HOST_TWICE'));
  expect([...new Set(found('c.yaml', route('calm', 'shop', 80)).map((one) => one.split(' ')[0]))]).toEqual(['info']);
  expect(found('c.yaml', `${route('one', 'cart', 90)}---\n${route('two', 'cart', 80)}`)).toEqual([
    'warning VIRTUAL_SERVICE_HOST_TWICE c.yaml',
  ]);
});

test('one object in many files of which one is applied is told once, and a slip of one file is a warning', () => {
  const route = (weight: number, extra = '') =>
    `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: shop, namespace: web }\nspec: { hosts: [shop.example.com], gateways: [web], http: [{ timeout: ${weight}s, route: [{ destination: { host: shop } }] }] }\n${extra}`;
  const account = (role: string) =>
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: web }\ndata: { role: ${role} }\n`;
  const twins = (...files: readonly { path: string; text: string }[]) =>
    lintFolder(parseManifestSet(files))
      .filter(({ code }) => code === 'OBJECT_DUPLICATE')
      .map(({ severity, sentence, where }) => `${severity} ${where} ${sentence}`);
  const samples = [1, 2, 3].map((weight) => ({ path: `${weight}.yaml`, text: route(weight, account(`r${weight}`)) }));
  expect(twins(...samples)).toEqual([
    'info 2.yaml:1:1 VirtualService web/shop is declared 3 times, by files of which one is applied',
    'info 2.yaml:6:1 ConfigMap web/settings is declared 3 times, by files of which one is applied',
  ]);
  // beside a canary of two variants an equal copy says nothing
  expect(twins(...samples.slice(0, 2), { path: '4.yaml', text: route(1) })).toHaveLength(2);
  const same = (name: string) => ({ path: name, text: route(1, account('one')) });
  expect(twins(same('a.yaml'), same('b.yaml'), same('c.yaml'))).toEqual([
    'info b.yaml:1:1 VirtualService web/shop is declared 3 times, in the same words',
    'info b.yaml:6:1 ConfigMap web/settings is declared 3 times, in the same words',
  ]);
  expect(twins({ path: 'a.yaml', text: `${route(1)}---\n${route(2)}` }, { path: 'b.yaml', text: route(3) })).toEqual([
    'warning a.yaml:6:1 VirtualService web/shop is declared twice',
    'info b.yaml:1:1 VirtualService web/shop is declared twice, by files of which one is applied',
  ]);
  // settings alone make no variants: whoever applies the folder gets the last one
  expect(twins({ path: 'a.yaml', text: account('a') }, { path: 'b.yaml', text: account('b') })).toEqual([
    'warning b.yaml:2:1 ConfigMap web/settings is declared twice',
  ]);
});
