import { expect, test } from 'vitest';
import type { MeshTrouble } from '../evidence/mesh-witness.ts';
import { meshInWords } from './mesh-health.ts';

const trouble = (change: Partial<MeshTrouble>): MeshTrouble => ({
  ...{ pod: 'istiod-1', what: 'not-ready', fromMs: 1_000, toMs: 4_000 },
  ...change,
});

test('says what was looked at where nothing was wrong, and nothing where nobody was', () => {
  expect(meshInWords([], 2, 0)).toEqual([
    'istiod and the gateways (2 pods) stayed ready, and no scrape of them was missed',
  ]);
  expect(meshInWords([], 0, 0)).toEqual([]);
});

test('names each trouble and how long it lasted, also one that goes on', () => {
  const troubles = [trouble({}), trouble({ what: 'scrapes-missed', toMs: undefined, missed: 5 })];
  expect(meshInWords(troubles, 2, 13_000)).toEqual([
    'istiod-1 was not ready for 3.0 s',
    '5 scrapes of istiod-1 were missed in 12.0 s',
  ]);
});
