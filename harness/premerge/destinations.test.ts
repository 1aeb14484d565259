import { expect, test } from 'vitest';
import { parseManifestSet } from '../lint/manifest-set.ts';
import type { RenderedUnit } from '../units/unit-model.ts';
import { createAbroad } from './destinations.ts';

function unit(destination: string): RenderedUnit {
  const text = `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: shop }\nspec: { destination: ${destination} }\n`;
  const objects = parseManifestSet([{ path: 'a.yaml', text }]).objects;
  const application = objects[0]!;
  return {
    unit: { name: destination, kind: 'application', namespace: '', sources: [], application },
    ...{ objects, findings: [], files: new Set(), values: new Map(), isRenamed: false },
  };
}

test.each([
  ['two addresses', '{ server: "https://a.example.com" }', '{ server: "https://b.example.com" }', true],
  ['two names', '{ name: blue }', '{ name: green }', true],
  ['its own cluster and another one', '{ server: "https://kubernetes.default.svc" }', '{ name: green }', true],
  ['its own cluster in two spellings', '{ server: "https://kubernetes.default.svc" }', '{ name: in-cluster }', false],
  [
    'an address and a name, which may be of one cluster',
    '{ server: "https://a.example.com" }',
    '{ name: green }',
    false,
  ],
  ['what only a generator knows', '{ server: "{{ server }}" }', '{ server: "https://a.example.com" }', false],
  ['one that says nothing', '{ namespace: shop }', '{ name: green }', false],
])('%s', (_what, here, there, isAbroad) => {
  const [one, other] = [unit(here), unit(there)];
  const abroad = createAbroad([one, other])(one);
  expect(abroad.has(other.objects[0]!)).toBe(isAbroad);
  expect(abroad.has(one.objects[0]!)).toBe(false);
});
