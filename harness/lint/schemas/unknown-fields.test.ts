import { describe, expect, test } from 'vitest';
import { parseManifestSet } from '../manifest-set.ts';
import { tableOf } from './field-table.ts';
import { unknownFieldFindings } from './unknown-fields.ts';

const found = (text: string, table?: Parameters<typeof unknownFieldFindings>[1]) =>
  unknownFieldFindings(parseManifestSet([{ path: 'a.yaml', text }]), table).map(
    ({ where, sentence, hint }) =>
      `${where} ${/sets (\S+ in \S+),/.exec(sentence)?.[1]} ${hint?.split('. ')[0]?.split('?')[0]}`,
  );

const template = (metric: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: { name: a }\nspec:\n  metrics:\n    - name: m\n${metric}`;

describe('fields that the pinned CRDs do not know', () => {
  test.each([
    ['of a metric', template('      successCondition: "true"\n      provider: { prometheus: { query: up } }\n'), []],
    [
      'a condition under its provider',
      template('      provider:\n        prometheus:\n          query: up\n          successCondition: "true"\n'),
      ['a.yaml:10:29 successCondition in spec.metrics.0.provider.prometheus, It belongs in spec.metrics'],
    ],
    [
      'a step too deep',
      'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: a }\nspec: { strategy: { canary: { rollbackWindow: { revisions: 2 } } } }\n',
      ['a.yaml:4:47 rollbackWindow in spec.strategy.canary, It belongs in spec'],
    ],
    [
      'a slip of the pen',
      template('      failurLimit: 1\n'),
      ['a.yaml:7:20 failurLimit in spec.metrics.0, Is failureLimit meant'],
    ],
    [
      'of a route',
      'apiVersion: networking.istio.io/v1beta1\nkind: VirtualService\nmetadata: { name: a }\nspec: { http: [{ routes: [], mirrorPercent: 1 }] }\n',
      ['a.yaml:4:26 routes in spec.http.0, Is route meant'],
    ],
    [
      'names that are free',
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: a }\nspec: { http: [{ match: [{ headers: { x-any: { exact: a } } }] }] }\n',
      [],
    ],
    [
      'what generators leave in the metadata of pods, and what is empty',
      'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: a }\nspec: { nothing: null, template: { metadata: { name: a, creationTimestamp: null } } }\n',
      [],
    ],
    [
      'of a kind that is not known here',
      'apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: a }\nspec: { a: 1 }\n',
      [],
    ],
  ])('%s', (_what, text, expected) => {
    expect(found(text).map((one) => one.replace(/ in (\S+) /, ' in $1, ').replace(/,,/, ','))).toEqual(expected);
  });
});

describe('the table', () => {
  const definition = (properties: unknown) => ({
    spec: {
      group: 'example.com',
      names: { kind: 'Thing' },
      versions: [{ name: 'v1', schema: { openAPIV3Schema: { properties: { spec: { type: 'object', properties } } } } }],
    },
  });
  test('keeps names, lists as their items, maps and what is open', () => {
    const leaf = { type: 'object', properties: { x: { type: 'string' } } };
    const table = tableOf(
      [
        definition({
          one: leaf,
          many: { type: 'array', items: leaf },
          map: { type: 'object', additionalProperties: leaf },
          open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          text: { type: 'string' },
        }),
        { spec: { names: { kind: 'Other' } } },
      ],
      new Set(['Thing']),
      ['a test'],
    );
    expect(table).toEqual({
      sources: ['a test'],
      kinds: { 'example.com/v1 Thing': 2 },
      rows: ['x', '*=0', 'many=0 map=1 one=0 open text'],
    });
    const thing = (spec: string) => `apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: a }\nspec: ${spec}\n`;
    expect(
      found(thing('{ one: { x: 1 }, many: [{ x: 1 }], map: { any: { x: 1 } }, open: { y: 1 }, text: a }'), table),
    ).toEqual([]);
    expect(found(thing('{ one: { y: 1 }, many: [{ y: 1 }], map: { any: { y: 1 } }, other: a }'), table)).toHaveLength(
      4,
    );
  });
});
