import { expect, test } from 'vitest';
import { kindImageNames, restrictOomScore, sandboxImage } from './kind-sources.ts';

const CNI =
  'package nodeimage\n\nconst kindnetdImage = "docker.io/kindest/kindnetd:v1"\n\nvar x = []string{kindnetdImage}\n';
const STORAGE = 'const storageProvisionerImage = "a/b:1"\nconst storageHelperImage = "a/c:2"\n';
const CONFIG = '[plugins."cri"]\n  sandbox_image = "registry.k8s.io/pause:3.10"\n  restrict_oom_score_adj = false\n';

test('the images that the sources name', () => {
  expect(kindImageNames(CNI, STORAGE)).toEqual({
    network: 'docker.io/kindest/kindnetd:v1',
    storage: 'a/b:1',
    storageHelper: 'a/c:2',
  });
  expect(sandboxImage(CONFIG)).toBe('registry.k8s.io/pause:3.10');
});

test('only the one setting of containerd changes', () => {
  expect(restrictOomScore(CONFIG)).toBe(CONFIG.replace('adj = false', 'adj = true'));
});

test.each([
  ['no CNI image', () => kindImageNames('', STORAGE)],
  ['no storage helper', () => kindImageNames(CNI, STORAGE.replace('Helper', ''))],
  ['no sandbox image', () => sandboxImage('x = 1\n')],
  ['no such setting', () => restrictOomScore('x = 1\n')],
  ['the setting twice', () => restrictOomScore(CONFIG + CONFIG)],
])('%s: a release of kind that is not known', (_title, read) => {
  expect(read).toThrow(expect.objectContaining({ code: 'KIND_SOURCES_UNKNOWN' }));
});
