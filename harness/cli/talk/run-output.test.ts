import { expect, test } from 'vitest';
import { sampleReport } from '../../../reports/model/samples/sample-report.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import { createEventLines, exitCodeOf, showRun } from './run-output.ts';

const undecided = sampleReport('inconclusive');
const product = (change: object) => ({ report: { ...undecided, ...change }, directory: 'd', files: new Map() });
const claim = { ...undecided.claims[0]!, outcome: 'inconclusive' as const };

test.each([
  ['undecided at the cap', { splits: [], claims: [{ ...claim, sentence: 'Undecided at the cap.' }] }, 4],
  [
    'the run had no time left',
    { splits: [], claims: [{ ...claim, sentence: 'Not judged: the time budget of the run was spent.' }] },
    6,
  ],
  [
    'the run had no time left for the rest of a claim',
    { splits: [], claims: [{ ...claim, sentence: 'Cut short: the time budget of the run was spent before.' }] },
    6,
  ],
  ['a split had no time left', { splits: [{ ...undecided.splits[0]!, reason: 'time-budget' }], claims: [claim] }, 6],
])('%s: exit code %i', (_, change, code) => {
  expect(exitCodeOf(product(change))).toBe(code);
});

test.each<[string, string, boolean, RegExp]>([
  ['a file', 'junit', false, /^inconclusive: .+\nreport: d\/result\.json\n$/],
  ['a file, quietly', 'junit', true, /^$/],
  ['the terminal', 'human', false, /^$/],
])(
  'what goes to %s: the verdict and the report on stderr where stdout does not say them',
  async (_, format, quiet, said) => {
    const world = createFakeWorld({ stderrIsTTY: true, cwd: '/' });
    const files = new Map([['junit.xml', '<testsuites/>']]);
    const targets = [{ format: format as 'junit' | 'human', path: undefined }];
    const events = createEventLines(world, targets);
    await showRun(world, targets, { quiet } as Parameters<typeof showRun>[2], { ...product({}), files }, events);
    expect(world.stderrText()).toMatch(said);
    expect(world.stdoutText().length).toBeGreaterThan(0);
  },
);
