import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fewOf, thorough } from '../../harness/testkit/runner/thorough.ts';
import { goModules } from './go-build-info.ts';
import { sbomOf } from './sbom.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'canaryproof-sbom-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const TEXT = [
  'path\texample.org/tool/cmd',
  'mod\texample.org/tool\tv1.2.3\th1:AAAA=',
  'dep\texample.org/a\tv0.1.0\th1:BBBB=',
  'dep\texample.org/replaced\tv0.2.0\th1:CCCC=',
  '=>\texample.org/fork\tv0.2.1\th1:DDDD=',
  'build\t-trimpath=true',
  '',
].join('\n');

const varint = (length: number) => {
  const bytes = [];
  for (let left = length; ; left = Math.floor(left / 128)) {
    bytes.push(left > 127 ? (left % 128) + 128 : left);
    if (left <= 127) return Buffer.from(bytes);
  }
};
const string = (text: string) => Buffer.concat([varint(Buffer.byteLength(text)), Buffer.from(text)]);
/** As the linker writes it, behind so many bytes of a program. */
function program(before: number, { flags = 2, text = TEXT, version = 'go1.25.4' } = {}): Buffer {
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  header[14] = 8;
  header[15] = flags;
  const marked = `${'<'.repeat(16)}${text}${'>'.repeat(16)}`;
  return Buffer.concat([Buffer.alloc(before, 0x90), header, string(version), string(marked), Buffer.alloc(50)]);
}
const write = async (content: Buffer, name = 'tool') => {
  const file = path.join(directory, name);
  await writeFile(file, content);
  return file;
};

it.each(fewOf(1, [0, 100, 4 * 1024 ** 2 - 7, 4 * 1024 ** 2 + 1000]))(
  'reads the modules of a Go program at byte %i',
  async (at) => {
    expect(await goModules(await write(program(at)))).toEqual([
      { path: 'std', version: 'go1.25.4' },
      { path: 'example.org/tool', version: 'v1.2.3', sum: 'h1:AAAA=' },
      { path: 'example.org/a', version: 'v0.1.0', sum: 'h1:BBBB=' },
      { path: 'example.org/fork', version: 'v0.2.1', sum: 'h1:DDDD=' },
    ]);
  },
);

thorough('takes the magic word alone, an older format and other programs for none', async () => {
  const broken = [
    program(0, { flags: 0 }),
    program(0, { version: 'x' }),
    program(0).subarray(0, 40),
    Buffer.alloc(100),
  ];
  for (const content of broken) expect(await goModules(await write(content))).toBeUndefined();
  // a program that talks about such programs
  const both = Buffer.concat([Buffer.from('\xff Go buildinf:', 'latin1'), Buffer.alloc(64, 1), program(0)]);
  expect(await goModules(await write(both))).toHaveLength(4);
});

it('names each program with its hash, origin and modules, the same each time', async () => {
  const file = await write(program(64));
  const other = await write(Buffer.from('#!/bin/sh\n'), 'script');
  const of = (component: string, name: string, at: string) => ({
    component,
    version: '1.0.0',
    directory,
    programs: { [name]: { name, path: at, version: 'v1.0.0', origin: `Go module ${name}`, sha256: 'a'.repeat(64) } },
    dataFile: () => '',
  });
  const document = await sbomOf([of('z', 'tool', file), of('a', 'script', other)]);
  expect(document).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
  expect(document.components.map((each) => each['bom-ref'])).toEqual([
    'a-1.0.0/script',
    'z-1.0.0/tool',
    'pkg:golang/std@go1.25.4',
    'pkg:golang/example.org/tool@v1.2.3',
    'pkg:golang/example.org/a@v0.1.0',
    'pkg:golang/example.org/fork@v0.2.1',
  ]);
  const refs = new Set([...document.components, document.metadata.component].map((each) => each['bom-ref']));
  for (const { ref, dependsOn } of document.dependencies)
    for (const each of [ref, ...dependsOn]) expect(refs).toContain(each);
  expect(await sbomOf([of('a', 'script', other), of('z', 'tool', file)])).toEqual(document);
});
