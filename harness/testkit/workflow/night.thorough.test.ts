import './night.test.ts';
import { expect, test } from 'vitest';
import { git } from '../../units/tree-fixture.ts';
import { BEGIN, judge, KEEP, keptRuns, night, nights, remote } from './night-fixture.ts';

nights();

test.each([
  ['the very first ones', false],
  ['with a history', true],
])('two nights at once, %s: both are kept', async (_, withHistory) => {
  if (withHistory) {
    const before = night('before');
    await before.run(BEGIN);
    judge(before.kept, 'zero');
    await before.run(KEEP);
  }
  const [one, two] = [night('one'), night('two')];
  for (const each of [one, two]) expect(await each.run(BEGIN)).toMatchObject({ code: 0 });
  judge(one.kept, 'one');
  judge(two.kept, 'two');
  // the second pushes onto a branch that is no longer the one it read
  for (const each of [one, two]) expect(await each.run(KEEP), 'keeping').toMatchObject({ code: 0 });
  expect(keptRuns()).toEqual([
    'history/shop/one.jsonl',
    'history/shop/two.jsonl',
    ...(withHistory ? ['history/shop/zero.jsonl'] : []),
  ]);
});

test('a night that judged nothing leaves the branch alone', async () => {
  const only = night('only');
  await only.run(BEGIN);
  expect(await only.run(KEEP)).toMatchObject({ code: 0 });
  expect(git(remote, 'for-each-ref')).toBe('');
});
