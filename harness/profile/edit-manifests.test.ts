import { describe, expect, it } from 'vitest';
import { withoutDirectoryRecurse, withoutObject, withRepositoryUrl, withWeights } from './edit-manifests.ts';

const ROUTE = `# who gets what
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart}
spec:
  hosts:
  - cart
  http:
  - route:
    - destination: {host: cart, subset: v1}
      weight: 90   # most
    - destination:
        host: cart
        subset: v2
      weight: 10
  - route:
    - destination: {host: cart, subset: v1}
`;
const files = [
  { path: 'README.md', text: '{{ not: yaml' },
  { path: 'canary/route.yaml', text: ROUTE },
  {
    path: 'base/all.yaml',
    text: '# head\n---\n# first\nkind: Service\napiVersion: v1\nmetadata: {name: cart}\n---\nkind: ConfigMap\napiVersion: v1\nmetadata:   {name: cart, namespace: shop}\n---\n# end\n',
  },
  { path: 'base/one.yaml', text: '# only one\nkind: Secret\napiVersion: v1\nmetadata: {name: one}\n' },
];

describe('withWeights', () => {
  it('changes nothing but the numbers', () => {
    const edited = withWeights(files, { name: 'cart' }, { v2: 25, v1: 75 });
    expect(edited.map(({ text }) => text)).toEqual([
      files[0]!.text,
      ROUTE.replace('weight: 90 ', 'weight: 75 ').replace('weight: 10', 'weight: 25'),
      files[2]!.text,
      files[3]!.text,
    ]);
  });

  it.each([
    ['MANIFEST_OBJECT_MISSING', 'basket', { v1: 75, v2: 25 }, 'VirtualService/basket'],
    ['MANIFEST_ROUTE_MISSING', 'cart', { v1: 75, v3: 25 }, 'canary/route.yaml'],
    ['MANIFEST_ROUTE_MISSING', 'cart', { v1: 75, v2: 25, v3: 0 }, 'canary/route.yaml'],
    ['MANIFEST_FIELD_MISSING', 'cart', { v1: 100 }, 'canary/route.yaml:17:7'],
  ])('refuses with %s for %s %j', (code, name, weights, where) => {
    expect(() => withWeights(files, { name }, weights)).toThrow(expect.objectContaining({ code, where, exitCode: 2 }));
  });

  it('says where a manifest cannot be read', () => {
    const broken = [{ path: 'a.yaml', text: 'kind: VirtualService\n bad: [\n' }];
    expect(() => withWeights(broken, { name: 'cart' }, { v1: 100 })).toThrow(
      expect.objectContaining({ code: 'MANIFEST_YAML_SYNTAX', where: expect.stringMatching(/^a\.yaml:\d:\d+$/) }),
    );
  });
});

describe('withoutObject', () => {
  it('removes one document and leaves the others as they are', () => {
    const edited = withoutObject(files, { apiVersion: 'v1', kind: 'Service', name: 'cart' });
    expect(edited[2]!.text).toBe(
      '# head\n---\nkind: ConfigMap\napiVersion: v1\nmetadata:   {name: cart, namespace: shop}\n---\n# end\n',
    );
    expect(edited).toHaveLength(4);
  });

  it('removes a file that then holds nothing', () => {
    const edited = withoutObject(files, { apiVersion: 'v1', kind: 'Secret', name: 'one' });
    expect(edited.map(({ path }) => path)).toEqual(['README.md', 'canary/route.yaml', 'base/all.yaml']);
  });

  it('does not keep a file for its separators and comments', () => {
    const file = {
      path: 'a.yaml',
      text: '---\n# one\nkind: Secret\napiVersion: v1\nmetadata: {name: one}\n---\n# nothing\n',
    };
    expect(withoutObject([file], { apiVersion: 'v1', kind: 'Secret', name: 'one' })).toEqual([]);
  });

  it('matches the group in any version, and the namespace when both sides name one', () => {
    const ref = { kind: 'VirtualService', name: 'cart' };
    expect(withoutObject(files, { ...ref, apiVersion: 'networking.istio.io/v1beta1' })).toHaveLength(3);
    expect(() => withoutObject(files, { ...ref, apiVersion: 'v1' })).toThrow(
      expect.objectContaining({ code: 'MANIFEST_OBJECT_MISSING' }),
    );
    const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'cart' };
    expect(withoutObject(files, { ...config, namespace: 'shop' })[2]!.text).not.toContain('ConfigMap');
    expect(() => withoutObject(files, { ...config, namespace: 'web' })).toThrow(
      expect.objectContaining({ code: 'MANIFEST_OBJECT_MISSING' }),
    );
  });
});

describe('edits of an Application', () => {
  const single = {
    path: 'application.yaml',
    text: 'kind: Application\nspec:\n  source:\n    repoURL: https://git.example.com/a.git # example\n    directory: {recurse: true, exclude: x}\n',
  };
  const several = {
    path: 'several.yaml',
    text: 'kind: Application\nspec:\n  sources:\n  - repoURL: a\n    directory:\n      recurse: true\n  - repoURL: "b"\n    chart: c\n',
  };

  it('points every source at the repository of the run', () => {
    expect(withRepositoryUrl(single, 'http://127.0.0.1:1/x.git').text).toBe(
      single.text.replace('https://git.example.com/a.git', '"http://127.0.0.1:1/x.git"'),
    );
    expect(withRepositoryUrl(several, 'u').text).toBe(
      several.text.replace('repoURL: a', 'repoURL: "u"').replace('"b"', '"u"'),
    );
  });

  it('switches recursion off where it was on', () => {
    expect(withoutDirectoryRecurse(single).text).toBe(single.text.replace('recurse: true', 'recurse: false'));
    expect(withoutDirectoryRecurse(several).text).toBe(several.text.replace('recurse: true', 'recurse: false'));
  });

  it.each([
    ['MANIFEST_OBJECT_MISSING', 'kind: Service\n', 'application.yaml'],
    ['MANIFEST_OBJECT_MISSING', '', 'application.yaml'],
    ['MANIFEST_FIELD_MISSING', 'kind: Application\nspec:\n  source:\n    path: .\n', 'application.yaml:4:5'],
  ])('refuses with %s', (code, text, where) => {
    expect(() => withRepositoryUrl({ path: 'application.yaml', text }, 'u')).toThrow(
      expect.objectContaining({ code, where }),
    );
  });
});
