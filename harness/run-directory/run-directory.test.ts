import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderRunReportJson } from '../../reports/model/read-run-report.ts';
import type { RunReport } from '../../reports/model/run-report.ts';
import { sampleReport } from '../../reports/model/samples/sample-report.ts';
import { steadySamples } from '../testkit/fakes/scripted-load.ts';
import { remakeReport } from './remake-report.ts';
import { createRunDirectory } from './run-directory.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-runs-'));
});
afterEach(() => rm(parent, { recursive: true }));

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const create = (now = NOW) =>
  createRunDirectory({ parent, kind: 'assert-split', command: ['canaryproof', 'assert-split'], now: () => now });

async function render(report: RunReport) {
  return new Map<string, string | Uint8Array>([
    ['result.json', renderRunReportJson(report)],
    ['png/a.png', new Uint8Array([1, 2, 3])],
    ['summary.md', `# ${report.outcome}\n`],
  ]);
}

async function finishedRun(): Promise<string> {
  const directory = await create();
  directory.recordEvent({ type: 'note', text: 'hello' });
  await directory.writeEvidence('manifests/a.yaml', 'kind: A\n');
  const report = sampleReport('passed');
  const files = await directory.sealEvidence();
  await directory.finish(await render({ ...report, appendix: { ...report.appendix, files } }));
  return directory.path;
}

const read = (directory: string, file: string) => readFile(path.join(directory, file), 'utf8');
const remake = (directory: string, checkEvidence = true) => remakeReport(directory, { render, checkEvidence });

describe('a run directory', () => {
  test('ids sort by start, and two runs in the same millisecond are apart', async () => {
    const ids = await Promise.all([create(NOW + 1), create(NOW), create(NOW), create(NOW + 86_400_000)]);
    const names = ids.map(({ id }) => id);
    expect(new Set(names).size).toBe(4);
    expect(names[1]).toMatch(/^20260102-030405-678-[0-9a-f]{6}$/);
    const [later, first, second, latest] = names;
    expect([...names].sort()).toEqual([...[first, second].sort(), later, latest]);
  });

  test('only its user may enter it, from the first moment on', async () => {
    const { path: directory } = await create();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test('samples are readable by anybody with gzip, block by block', async () => {
    const directory = await create();
    const samples = directory.createSamples('samples-x.jsonl.gz');
    for (const sample of steadySamples(10_000, (n) => (n === 3 ? 'v"2' : 'v1'))) samples.write(sample);
    // Not closed: this is what is left after kill -9.
    const early = gunzipSync(await readFile(samples.path))
      .toString()
      .trim()
      .split('\n');
    expect(early.length).toBe(2 * 4096);
    const files = await directory.sealEvidence();
    const lines = gunzipSync(await readFile(samples.path))
      .toString()
      .trim()
      .split('\n');
    expect(lines).toHaveLength(10_001);
    expect(JSON.parse(lines[0]!)).toMatchObject({ format: 'canaryproof.samples/1' });
    expect(JSON.parse(lines[4]!)).toEqual([3, expect.any(Number), expect.any(Number), 200, 0, 4, 'v"2']);
    expect(files.map(({ path: name }) => name)).toEqual(['events.jsonl', 'samples-x.jsonl.gz']);
    expect(files[1]!.bytes).toBe((await stat(samples.path)).size);
  });

  test('evidence that a program wrote itself is listed too, run.json is not', async () => {
    const directory = await create();
    await directory.writeEvidence('logs/one.log', 'x');
    await writeFile(path.join(directory.path, 'logs/two.log'), 'y');
    const files = await directory.sealEvidence();
    expect(files.map(({ path: name }) => name)).toEqual(['events.jsonl', 'logs/one.log', 'logs/two.log']);
    expect(files[1]!.sha256).toBe('2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881');
  });

  test('a run that cannot start says so and leaves nothing', async () => {
    await writeFile(path.join(parent, 'file'), '');
    const run = createRunDirectory({ parent: path.join(parent, 'file'), kind: 'conform', command: [], now: () => NOW });
    await expect(run).rejects.toMatchObject({ code: 'RUN_DIRECTORY_UNWRITABLE', exitCode: 3 });
    expect(await readdir(parent)).toEqual(['file']);
  });

  test('the reports must hold the result', async () => {
    const directory = await create();
    await expect(directory.finish(new Map())).rejects.toThrow('result.json');
  });
});

describe('remaking reports', () => {
  test('gives the same bytes, with no other file touched', async () => {
    const directory = await finishedRun();
    const before = new Map<string, string>();
    for (const name of ['result.json', 'summary.md', 'png/a.png', 'events.jsonl'])
      before.set(name, (await readFile(path.join(directory, name))).toString('hex'));
    await rm(path.join(directory, 'summary.md'));
    const { report } = await remake(directory);
    expect(report.outcome).toBe('passed');
    for (const [name, content] of before)
      expect((await readFile(path.join(directory, name))).toString('hex')).toBe(content);
    expect(JSON.parse(await read(directory, 'run.json'))).toMatchObject({ state: 'finished' });
  });

  const rejected = (code: string, exitCode: number) =>
    expect.objectContaining({ code, exitCode, hint: expect.any(String) });

  test('no such directory', async () => {
    await expect(remake(path.join(parent, 'nothing'))).rejects.toThrow(rejected('RUN_DIRECTORY_MISSING', 2));
  });

  test('a directory that is no run', async () => {
    await expect(remake(parent)).rejects.toThrow(rejected('RUN_DIRECTORY_CORRUPT', 5));
  });

  test.each([
    ['run.json is damaged', 'run.json', '{"sche', 'RUN_DIRECTORY_CORRUPT'],
    ['run.json is of a newer kind', 'run.json', '{"schemaVersion":"9"}', 'RUN_DIRECTORY_CORRUPT'],
    ['result.json is cut short', 'result.json', '{"schemaVersion": "1", "ru', 'REPORT_NOT_JSON'],
    ['result.json is newer', 'result.json', '{"schemaVersion": "999"}', 'REPORT_SCHEMA_NEWER'],
    ['result.json lacks fields', 'result.json', '{"schemaVersion": "1"}', 'REPORT_DAMAGED'],
  ])('%s', async (_, name, content, code) => {
    const directory = await finishedRun();
    if (name === 'run.json') await rm(path.join(directory, 'result.json'));
    await writeFile(path.join(directory, name), content);
    await expect(remake(directory)).rejects.toThrow(rejected(code, 5));
  });

  test('a run that is still going, or was killed', async () => {
    const { path: directory } = await create();
    await expect(remake(directory)).rejects.toThrow(rejected('RUN_UNFINISHED', 5));
  });

  test('a run that failed says with what', async () => {
    const directory = await create();
    await directory.abandon({ code: 'DISK_FULL', message: 'no space' });
    await expect(remake(directory.path)).rejects.toThrow(/DISK_FULL/);
  });

  test('changed or missing evidence is refused, unless only the reports are wanted', async () => {
    const directory = await finishedRun();
    await appendFile(path.join(directory, 'events.jsonl'), 'x');
    await rm(path.join(directory, 'manifests/a.yaml'));
    await expect(remake(directory)).rejects.toThrow(/events.jsonl was changed.*manifests\/a.yaml is missing/);
    await expect(remake(directory)).rejects.toThrow(rejected('RUN_EVIDENCE_DAMAGED', 5));
    expect((await remake(directory, false)).report.outcome).toBe('passed');
  });
});
