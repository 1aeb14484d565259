import path from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../cli/run.ts';
import { createFakeWorld } from '../testkit/fakes/fake-world.ts';
import { quoted, quotedProfiles, repository } from './quote-profile-fixture.ts';

quotedProfiles();

test('one sentence for each rate that the profile knows, the same for the same seed', async () => {
  const bad = [{ errorShare: 0.5 }];
  const where = await repository('known', { ratePerSecond: { usual: 100, quiet: 0.5 }, scrape: '5s', bad });
  const sentences = await quoted(where);
  expect(sentences).toEqual([
    expect.stringMatching(/^shop at 100 requests\/s: a perfect canary is stopped in [\d.]+ % \(.+seed 1$/),
    expect.stringMatching(/^shop at 0\.5 requests\/s: .* a canary with 50 % errors is promoted in [\d.]+ %/),
  ]);
  expect(await quoted(where)).toEqual(sentences);
  const world = createFakeWorld({ cwd: path.join(where, 'deploy') });
  await run(world, ['lint', '-q', '--no-color', '-o', 'json']);
  expect(JSON.parse(world.stdoutText()).simulated).toEqual(sentences);
  const plan = createFakeWorld({ cwd: where });
  await run(plan, ['plan', '.', '-o', 'json']);
  expect(plan.stderrText()).toBe('');
  const { sections } = JSON.parse(plan.stdoutText());
  expect(sections).toContainEqual({ title: 'Simulated', lines: sentences });
});
