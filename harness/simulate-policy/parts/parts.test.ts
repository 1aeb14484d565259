/** A simulation in parts is the simulation of one machine, byte for byte; parts that do not belong together are refused. */

import { describe, expect, it } from 'vitest';
import type { HarnessError } from '../../errors/harness-error.ts';
import { runHere } from '../../simulation/batches.ts';
import { CALM_LATENCY, okShare, policy, referencePolicy, scenario } from '../../simulation/policy-fixture.ts';
import { simulate } from '../../simulation/simulate.ts';
import type { SimulationInput } from '../../simulation/simulation-input.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { countPart, mergeParts, type PartCounts } from './count-part.ts';
import { parsePart, partText } from './part-file.ts';

const good = { errorShare: 0.002, latency: CALM_LATENCY };
const users = { count: 10_000, requests: 5 };
const traffic = (ratePerSecond: number) =>
  scenario({ ratePerSecond, stable: good, canary: good, scrapeLoss: 0.02, users });
const slower = { ...CALM_LATENCY, medianMs: CALM_LATENCY.medianMs * 2 };

/** One short step, so that a release is soon simulated. */
const POLICY = policy(
  { query: okShare('30s'), interval: '10s', successCondition: 'result[0] >= 0.99' },
  { steps: ['50/60'] },
);

// slow canaries: without a curve, which would be most of the work
const input: SimulationInput = {
  policy: POLICY,
  scenario: traffic(5),
  bad: { fault: { errorShare: 0.002 }, latency: slower },
  alsoBad: [{ fault: { errorShare: 0.05, pods: 3 }, latency: CALM_LATENCY }],
  releases: 520,
  seed: 5,
  fanoKnown: false,
  maxFalse: 0.3,
  maxMiss: 0.1,
};
const counted = (count: number, changes: Partial<SimulationInput> = {}, program = '1') =>
  Array.from({ length: count }, (_, index) =>
    runHere(countPart(simulate({ ...input, ...changes }), { index, count }, program)),
  );
/** Those that most tests ask for, counted once: the same seed gives the same parts. */
const plain = new Map([2, 3].map((count) => [count, counted(count)]));
const partsOf = (count: number, ...other: [changes?: Partial<SimulationInput>, program?: string]) =>
  (other.length === 0 ? plain.get(count) : undefined) ?? counted(count, ...other);
const merged = (parts: readonly PartCounts[]) =>
  mergeParts(
    simulate(input),
    parts.map((part, index) => ({ ...part, file: `part-${index}.json` })),
    '1',
  );
const errorOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error as HarnessError;
  }
  return undefined;
};
const codeOf = (work: () => unknown) => errorOf(work)?.code ?? 'none';

describe('parts', () => {
  it('three parts, through their files and in any order, make the bytes of one machine', () => {
    const files = partsOf(3).map((part) => partText(part));
    const parts = files.map((text, index) => parsePart(`log before\n${text}log after\n`, `part-${index}`));
    expect(parts.map(({ file }) => file)).toEqual(['part-0', 'part-1', 'part-2']);
    const whole = runHere(simulate(input));
    expect(JSON.stringify(merged(parts.toReversed()))).toBe(JSON.stringify(whole));
    expect(whole.good.users!.sticky).toBeGreaterThan(100);
  });

  thorough('each batch is counted once, good and bad ones by every part', () => {
    const numbers = partsOf(3).map(({ tallies }) => tallies.map(([number]) => number));
    const all = numbers.flat().sort((a, b) => a - b);
    expect(all).toEqual(all.map((_, index) => index));
    for (const own of numbers) expect(own.length).toBeGreaterThan(all.length / 3 - 2);
    const even = partsOf(2, { alsoBad: [] }).map(({ tallies }) => tallies.slice(0, 3).map(([number]) => number % 2));
    for (const kinds of even) expect(new Set(kinds)).toEqual(new Set([0, 1]));
  });

  it.each<[why: string, changes: Partial<SimulationInput>, program?: string]>(
    fewOf(1, [
      ['another seed', { seed: 6 }],
      ['another number of releases', { releases: 1020 }],
      ['other traffic', { scenario: traffic(6) }],
      ['another policy', { policy: referencePolicy('30s', 1) }],
      ['another release of the program', {}, '2'],
    ]),
  )('%s is another simulation', (_, changes, program) => {
    const [first, second] = [partsOf(2), counted(2, changes, program)];
    expect(codeOf(() => merged([first[0]!, second[1]!]))).toBe('SIMULATION_PART_OTHER');
    expect(codeOf(() => merged(second))).toBe('SIMULATION_PART_OTHER');
  });

  it('none may be missing, twice, or of another count', () => {
    const [one, two] = partsOf(2);
    expect(codeOf(() => merged([]))).toBe('SIMULATION_PARTS_INCOMPLETE');
    expect(codeOf(() => merged([one!]))).toBe('SIMULATION_PARTS_INCOMPLETE');
    expect(codeOf(() => merged([one!, one!, two!]))).toBe('SIMULATION_PART_TWICE');
    expect(codeOf(() => merged([one!, partsOf(3)[1]!]))).toBe('SIMULATION_PART_OTHER');
    const less = { ...two!, tallies: two!.tallies.slice(1) };
    expect(codeOf(() => merged([one!, less]))).toBe('SIMULATION_PARTS_INCOMPLETE');
    const [[number, tally] = [0, undefined]] = two!.tallies;
    const fewer = { ...tally!, outcomes: { ...tally!.outcomes, failed: tally!.outcomes.failed + 1 } };
    const edited = { ...two!, tallies: [[number, fewer] as const, ...two!.tallies.slice(1)] };
    expect(codeOf(() => merged([one!, edited]))).toBe('SIMULATION_PARTS_INCOMPLETE');
  });
});

describe('a part that is refused is told with its file, and what to do', () => {
  const [one, two] = partsOf(2);
  it.each<[string, readonly PartCounts[], Pick<HarnessError, 'message' | 'where' | 'hint'>]>([
    [
      'twice',
      [one!, two!, one!],
      { message: 'part 0/2 is in part-0.json already', where: 'part-2.json', hint: 'Give --merge each part once.' },
    ],
    [
      'of another count',
      [one!, partsOf(3)[1]!],
      {
        message: 'part 1/3 does not go with the 2 of part-0.json',
        where: 'part-1.json',
        hint: 'Give --merge the parts of one simulation: --part with the same COUNT made all of them.',
      },
    ],
    [
      'of another simulation',
      [one!, partsOf(2, { seed: 6 })[1]!],
      {
        message: 'part 1/2 was counted for another simulation',
        where: 'part-1.json',
        hint: expect.stringMatching(/^Give --merge the same release/),
      },
    ],
  ])('%s', (_, parts, told) => {
    expect(errorOf(() => merged(parts))).toMatchObject(told);
  });
});

describe('the file of a part', () => {
  const text = partText(partsOf(2)[0]!);
  it.each([
    ['nothing of it', 'npm notice\n'],
    ['cut off', text.slice(0, 90)],
    ['a negative count', text.replace(/"promoted":\d+/, '"promoted":-1')],
    ['an index beyond the count', text.replace('"index":0', '"index":2')],
    ['no parts', text.replace('"count":2', '"count":0')],
    ['a field too many', text.replace('"digest"', '"other":1,"digest"')],
  ])('%s', (_, broken) => {
    expect(codeOf(() => parsePart(broken, 'part'))).toBe('SIMULATION_PART_FILE');
  });
});
