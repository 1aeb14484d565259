/** Coverage over several searches of each kind; study.test.ts holds one search that keeps the promise and one that breaks it. */
import { describe, expect, it } from 'vitest';
import { CAPACITY_SEED } from '../calibrate.ts';
import { PLANTED_SYSTEMS } from './planted-systems.ts';
import { CONTROLS, study, thisSearch } from './study.ts';

describe('coverage', () => {
  const named = (part: string) => PLANTED_SYSTEMS.find(({ name }) => name.includes(part))!;

  it.each(['kink', 'c=8'])('holds the promise on a few searches of %s', { timeout: 60_000 }, (part) => {
    const row = study({ name: 'this', search: thisSearch('default') }, named(part), 6, CAPACITY_SEED);
    expect(row.misses).toBeLessThanOrEqual(row.limit);
  });

  it.each(CONTROLS.map((control) => [control.name, control] as const))(
    'sees it broken: %s',
    { timeout: 60_000 },
    (_, control) => {
      const row = study(control, named(control.breaksOn), 15, CAPACITY_SEED);
      expect(row.misses).toBeGreaterThan(row.limit);
    },
  );
});
