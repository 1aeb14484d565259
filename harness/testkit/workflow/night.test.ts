import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitAll, git } from '../../units/tree-fixture.ts';
import { fewOf } from '../runner/thorough.ts';
import { BEGIN, folder, judge, KEEP, keptRuns, night, nights, remote } from './night-fixture.ts';
import { containerOf, runContainer } from './run-container.ts';

nights();

test('the first night begins the branch; the second one has its lines and adds its own', async () => {
  const first = night('first');
  expect(await first.run(BEGIN)).toMatchObject({ code: 0 });
  judge(first.kept, 'one');
  expect(await first.run(KEEP)).toEqual({ code: 0, output: '' });
  const second = night('second');
  expect(await second.run(BEGIN)).toMatchObject({ code: 0 });
  expect(readdirSync(path.join(second.kept, 'shop'))).toEqual(['one.jsonl']);
  judge(second.kept, 'two');
  expect(await second.run(KEEP)).toMatchObject({ code: 0 });
  expect(keptRuns()).toEqual(['history/shop/one.jsonl', 'history/shop/two.jsonl']);
  // the branch of the history only: what is proven stays as it was
  expect(git(remote, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/canaryproof-history');
});

test('a history that cannot be read is not begun anew', async () => {
  const only = night('only');
  git(only.workspace, 'remote', 'set-url', 'origin', path.join(folder, 'nowhere'));
  const { code } = await only.run(BEGIN);
  expect(code).not.toBe(0);
});

describe('the CronJob', () => {
  /** `canaryproof VERB` writes down how it was called, and ends as it is told. */
  async function nightly(conform: number, history: number, packageAt = 'kept/package/node_modules/.bin') {
    const source = path.join(folder, 'source');
    mkdirSync(path.join(folder, 'bin'));
    mkdirSync(path.join(folder, packageAt), { recursive: true });
    mkdirSync(source);
    writeFileSync(path.join(source, 'here'), '');
    commitAll(source);
    const recorded = `#!/bin/bash\n{ basename "$0"; printf '%s\\n' "$@"; ls; echo .; } >> ${folder}/calls\n`;
    const ends = `case "$1" in conform) exit ${conform} ;; history) exit ${history} ;; esac\n`;
    for (const file of ['bin/npm', `${packageAt}/canaryproof`])
      writeFileSync(path.join(folder, file), `${recorded}${ends}`, { mode: 0o755 });
    const { exitCode } = await runContainer(containerOf('docs/ci/nightly-cronjob.yaml'), {
      ...{ PATH: `${folder}/bin:${process.env.PATH}`, HOME: folder, KEPT: path.join(folder, 'kept') },
      ...{ SOURCE: `file://${source}`, TMPDIR: folder },
    });
    return { exitCode, calls: readFileSync(path.join(folder, 'calls'), 'utf8').split('.\n') };
  }

  test.each(
    fewOf(1, [
      [0, 0, 0],
      [1, 5, 1],
      [0, 5, 5],
    ]),
  )(
    'conform %i, history %i: the Job ends with %i, and the page is written in any case',
    async (conform, history, exitCode) => {
      const { exitCode: code, calls } = await nightly(conform, history);
      expect(code).toBe(exitCode);
      expect(calls[1]).toBe(
        `canaryproof\nconform\ndeploy/profile\n--run-dir\n${folder}/kept/runs\n--history\n${folder}/kept/history\nhere\n`,
      );
      expect(calls[2]).toContain('--issue');
    },
  );

  test('an image that brings the package installs none', async () => {
    const { exitCode, calls } = await nightly(0, 0, 'bin');
    expect(exitCode).toBe(0);
    expect(calls.map((call) => call.split('\n').slice(0, 2).join(' ')).filter((call) => call.trim() !== '')).toEqual([
      'canaryproof conform',
      'canaryproof history',
    ]);
  });
});
