import { describe, expect, it } from 'vitest';
import { withRelease } from './release.ts';

const ROLLOUT = `kind: Rollout
spec:
  containers:
    - image: registry.example.com:5000/shop:v1 # by CI
      name: shop
`;
const FILES = [
  { path: 'rollout.yaml', text: ROLLOUT },
  { path: 'next/rollout.yaml', text: 'kind: Rollout\n' },
  { path: 'kustomization.yaml', text: 'images: [{ name: shop, newTag: v1 }]\n' },
];
const FIELD = { file: 'rollout.yaml', field: '/spec/containers/0/image', version: 'v2' };

describe('withRelease', () => {
  it('writes a scalar and nothing else', () => {
    const [changed, ...others] = withRelease(FILES, { ...FIELD, value: 'registry.example.com:5000/shop:v2' });
    expect(changed?.text).toBe(
      ROLLOUT.replace('registry.example.com:5000/shop:v1', '"registry.example.com:5000/shop:v2"'),
    );
    expect(others).toEqual(FILES.slice(1));
  });

  it('puts another file in its place', () => {
    const [changed] = withRelease(FILES, { file: 'rollout.yaml', from: 'next/rollout.yaml', version: 'v2' });
    expect(changed).toEqual({ path: 'rollout.yaml', text: 'kind: Rollout\n' });
  });

  it('still knows the tag of a Kustomization', () => {
    const changed = withRelease(FILES, { file: 'kustomization.yaml', image: 'shop', tag: 'v2', version: 'v2' });
    expect(changed[2]?.text).toContain('newTag: v2');
  });

  it('says what is missing', () => {
    const value = 'x';
    expect(() => withRelease(FILES, { ...FIELD, file: 'none.yaml', value })).toThrow(/no file none.yaml/);
    expect(() => withRelease(FILES, { ...FIELD, field: '/spec/containers', value })).toThrow(/no scalar at/);
    expect(() => withRelease(FILES, { ...FIELD, field: '/spec/containers/7/image', value })).toThrow(/no scalar at/);
    expect(() => withRelease(FILES, { file: 'rollout.yaml', from: 'none', version: 'v2' })).toThrow(/no file none/);
  });
});
