import { describe, expect, it } from 'vitest';
import { withImageTag } from './image-tag.ts';

const TEXT = `resources: [../base]
images:
  - name: registry.example.com/other
    newTag: v1
  - name: registry.example.com/shop
    newTag: v1.0.0 # written by CI
`;
const FILES = [
  { path: 'overlays/dev/kustomization.yaml', text: TEXT },
  { path: 'README.md', text: 'v1.0.0' },
];
const RELEASE = { file: 'overlays/dev/kustomization.yaml', image: 'registry.example.com/shop', tag: 'v1.0.1' };

describe('withImageTag', () => {
  it('changes the characters of that tag and nothing else', () => {
    const [changed, other] = withImageTag(FILES, RELEASE);
    expect(changed?.text).toBe(TEXT.replace('v1.0.0 #', 'v1.0.1 #'));
    expect(other).toBe(FILES[1]);
  });
  it('quotes what YAML would read as a number', () => {
    expect(withImageTag(FILES, { ...RELEASE, tag: '1.10' })[0]?.text).toContain('newTag: "1.10" # written');
  });
  it('says what is missing', () => {
    expect(() => withImageTag(FILES, { ...RELEASE, file: 'x.yaml' })).toThrow(/no file x.yaml/);
    expect(() => withImageTag(FILES, { ...RELEASE, image: 'nobody' })).toThrow(/names no tag of nobody/);
  });
});
