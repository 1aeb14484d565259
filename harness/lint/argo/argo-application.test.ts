import { describe, expect, it } from 'vitest';
import { readApplication } from './argo-application.ts';

const MINIMAL = 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: shop }\n';

describe('readApplication', () => {
  it('reads what is written', () => {
    const text = `${MINIMAL.replace('{ name: shop }', '{ name: shop, namespace: gitops }')}spec:
  source: { path: base, directory: { recurse: true } }
  destination: { namespace: web }
  syncPolicy: { automated: { selfHeal: true, prune: true } }
`;
    expect(readApplication({ path: 'a.yaml', text })).toEqual({
      name: 'shop',
      namespace: 'gitops',
      destinationNamespace: 'web',
      sourcePath: 'base',
      recurse: true,
      automated: { selfHeal: true, prune: true },
    });
  });

  it.each([
    ['', undefined],
    ['spec: { syncPolicy: { automated: {} } }\n', { selfHeal: false, prune: false }],
    ['spec: { syncPolicy: { automated: { enabled: false, selfHeal: true } } }\n', undefined],
  ])('reads automation from %j', (spec, automated) => {
    expect(readApplication({ path: 'a.yaml', text: MINIMAL + spec })).toEqual({
      name: 'shop',
      namespace: 'argocd',
      destinationNamespace: undefined,
      sourcePath: undefined,
      recurse: false,
      automated,
    });
  });

  it.each([
    ['APPLICATION_MISSING', 'kind: Service\n', 'a.yaml'],
    ['APPLICATION_MISSING', '', 'a.yaml'],
    ['APPLICATION_AMBIGUOUS', `${MINIMAL}---\n${MINIMAL}`, 'a.yaml:5:1'],
    ['MANIFEST_YAML_SYNTAX', 'kind: [\n', expect.stringMatching(/^a\.yaml:\d:\d$/)],
  ])('refuses with %s', (code, text, where) => {
    expect(() => readApplication({ path: 'a.yaml', text })).toThrow(
      expect.objectContaining({ code, where, exitCode: 2 }),
    );
  });

  it('says of an ApplicationSet that it is one', () => {
    const text = 'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: { name: shop }\n';
    expect(() => readApplication({ path: 'a.yaml', text })).toThrow(
      /holds an ApplicationSet, and a profile delivers one/,
    );
  });
});
