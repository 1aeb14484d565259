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
