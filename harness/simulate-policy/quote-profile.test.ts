import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { profilesOfPaths } from './profiles-of-paths.ts';
import { quoted, quotedProfiles, repository, root } from './quote-profile-fixture.ts';

quotedProfiles();

test('nothing is said without a block, and why not where the policy cannot be simulated', async () => {
  expect(await quoted(await repository('unknown', undefined))).toEqual([]);
  const short = await repository('short', { ratePerSecond: { usual: 1 }, scrape: '1m' });
  expect(await quoted(short)).toEqual([expect.stringMatching(/^not simulated: SIMULATION_WINDOW_EMPTY: /)]);
});

test('profiles are found in what is asked for and where init puts them; one that cannot be read is said', async () => {
  const where = await repository('found', { ratePerSecond: { usual: 1 } });
  const names = async (...paths: readonly string[]) =>
    (await profilesOfPaths(paths)).map((found) => ('profile' in found ? found.profile.name : found.problem));
  expect(await names(path.join(where, 'deploy'), where, path.join(where, 'canaryproof'))).toEqual(['shop']);
  expect(await names(root)).toEqual([]);
  await writeFile(path.join(where, 'canaryproof', 'profile.yaml'), 'kind: [');
  expect(await names(where)).toEqual([expect.stringContaining('PROFILE')]);
});
