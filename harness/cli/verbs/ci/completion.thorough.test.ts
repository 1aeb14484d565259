/** Every example of every verb; completion.test.ts holds what shells offer. */
import './completion.test.ts';
import { expect, test } from 'vitest';
import { wordsOf } from '../../../testkit/documents/document-commands.ts';
import { createFakeServices } from '../../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../../testkit/fakes/fake-world.ts';
import { run } from '../../run.ts';

async function said(...argv: string[]) {
  const world = createFakeWorld();
  const exitCode = await run(world, argv, createFakeServices());
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText() };
}

test('every verb shows an example in its help, and each can be typed', async () => {
  const verbs = [...(await said('--help')).stdout.matchAll(/^ {2}([a-z-]+) .*\S/gm)].map(([, verb = '']) => verb);
  expect(verbs.length).toBeGreaterThan(15);
  const problems: string[] = [];
  for (const verb of verbs.filter((name) => name !== 'help')) {
    const { stdout } = await said(verb, '--help');
    const [, examples = ''] = /^Example:\n((?: {2}canaryproof .*\n?)+)/m.exec(stdout) ?? [];
    if (examples === '') problems.push(`${verb}: no example`);
    for (const example of examples.split('\n').filter(Boolean)) {
      const { exitCode, stderr } = await said(...wordsOf(example.trim()).slice(1));
      if (exitCode > 1) problems.push(`${example}: exit ${exitCode}, ${stderr}`);
    }
  }
  expect(problems).toEqual([]);
});
