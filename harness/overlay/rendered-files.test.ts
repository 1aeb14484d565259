import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderedFiles } from './rendered-files.ts';

test('texts that YAML 1.1 takes for something else reach Argo CD as texts', () => {
  const value = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'broker', annotations: { 'example.com/at': '12:30' } },
    spec: { template: { spec: { containers: [{ name: 'a', env: [{ name: 'PLAIN', value: 'yes' }] }] } } },
  };
  const [file] = renderedFiles([{ value, origin: 'infra.yaml:54' }], 'argocd/application.yaml');
  expect(parse(file!.text, { version: '1.1' })).toEqual(value);
});
