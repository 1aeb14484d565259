import { expect, test } from 'vitest';
import { ProgramError } from '../process/run-program.ts';
import { refusalOf } from './refusal.ts';

const CHART = { unit: 'chart shop', program: 'Helm', where: 'shop/Chart.yaml:1:1', root: '/repository' };
const ended = (reason: ProgramError['reason'], stderr = '') =>
  refusalOf(
    new ProgramError(['helm', 'template'], {
      reason,
      exitCode: 2,
      signal: 'SIGKILL',
      stdout: '',
      stderr,
      cause: undefined,
    }),
    CHART,
  );

test.each([
  ['10 s of processor time', ended('signal')],
  ['60 s', ended('timeout')],
  ['32 MiB of output', ended('output')],
  ['512 MiB of memory', ended('exit', 'fatal error: runtime: out of memory: cannot allocate heap metadata')],
  // where a stack cannot grow
  ['512 MiB of memory', ended('exit', 'SIGSEGV: segmentation violation\nPC=0x1')],
  ['512 MiB of memory', ended('exit', 'runtime: goroutine stack exceeds 1000000000-byte limit')],
])('a program that came to no end is said in one sentence: %s', (limit, finding) => {
  expect(finding).toMatchObject({
    code: 'UNIT_NOT_RENDERED',
    severity: 'error',
    where: 'shop/Chart.yaml:1:1',
    sentence: `chart shop does not render: Helm came to no end within ${limit}`,
  });
  expect(finding.hint).toContain('unfolds itself');
});

test('what a program says of a chart is told in its words', () => {
  expect(ended('exit', 'Error: /repository/shop/templates/a.yaml: bad').sentence).toBe(
    'chart shop does not render. Helm says: shop/templates/a.yaml: bad',
  );
});
