import { expect, test } from 'vitest';
import type { PipelineStep } from './pipeline.ts';
import { linesWith } from './script-lines.ts';

const GITHUB = { endsOnError: true, endsInPipes: false };
const AZURE = { endsOnError: false, endsInPipes: false };

function lost(script: string, shell = GITHUB) {
  const step = { script, shell } as unknown as PipelineStep;
  return linesWith(step, /\bscan\b/).map((line) => line.lost);
}

test.each([
  ['alone', 'scan .'],
  ['among others', 'echo a\nscan .\necho b'],
  ['over two lines', 'scan \\\n  --all .\n'],
  ['or ended with another code', 'scan . || exit 3'],
  ['into a file', 'scan . > out.txt 2>&1'],
  ['with pipefail', 'set -o pipefail\nscan . | tee out.txt'],
  ['with all options at once', 'set -euo pipefail\nscan . | tee out.txt'],
  ['beside a filled-in choice', 'scan . ${{ inputs.flags || github.ref }}'],
])('%s: its failure is the script’s', (_name, script) => {
  expect(lost(script)).toEqual([undefined]);
});

test.each([
  ['swallowed', 'scan . || true', /swallowed by '\|\| true'/],
  ['answered with words', 'scan . || echo "found something"', /swallowed/],
  ['piped', 'scan . | tee out.txt', /pipefail is not set/],
  ['piped, after pipefail was switched off', 'set -o pipefail\nset +o pipefail\nscan . | tee x', /pipefail/],
  ['a condition', 'if scan .; then echo clean; fi', /a condition/],
  ['turned round', '! scan .', /a condition/],
  ['in the background', 'scan . &', /background/],
  ['after set +e', 'set +e\nscan .\necho done', /goes on after it/],
])('%s: its failure is lost', (_name, script, sentence) => {
  expect(lost(script)[0]).toMatch(sentence);
});

test('scripts of Azure Pipelines end with their last command', () => {
  expect(lost('scan .\necho done', AZURE)[0]).toMatch(/goes on after it/);
  expect(lost('echo first\nscan .', AZURE)).toEqual([undefined]);
  expect(lost('set -e\nscan .\necho done', AZURE)).toEqual([undefined]);
});

test('what is only mentioned in a comment is not started', () => {
  expect(lost('# scan .\necho no # scan')).toEqual([]);
});

test('a line of expressions without an end is read once', () => {
  expect(lost(`${'${{ '.repeat(100_000)}\nscan .`)).toEqual([undefined]);
});
