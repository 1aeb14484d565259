import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
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
