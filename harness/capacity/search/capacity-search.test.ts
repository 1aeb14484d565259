import { describe, expect, it } from 'vitest';
import { CapacitySearch, type PlannedTrial, type SearchResult } from './capacity-search.ts';
import { CAPACITY_ASSURANCE, type SearchSettings } from './search-settings.ts';

const SETTINGS: SearchSettings = { ...CAPACITY_ASSURANCE.default, objectiveShare: 0.05, fromRate: 10, maxRate: 10_000 };

/** A system without noise: the share is a function of the rate. */
function drive(share: (rate: number) => number, settings = SETTINGS, weight = 2000) {
  const search = new CapacitySearch(settings);
  const trials: PlannedTrial[] = [];
  for (let seconds = 0; ; ) {
    const step = search.next(seconds);
    if ('done' in step) return { trials, result: step.done as SearchResult, seconds };
    trials.push(step.run);
    const p = share(step.run.ratePerSecond);
    search.observe(
      { share: p, estimate: (p * weight + 0.5) / (weight + 1), weight: weight + 1, tauSeconds: 0.1 },
      step.run.seconds,
    );
    seconds += step.run.seconds + 3;
  }
}

const knee = (rate: number) => 1 / (1 + 19 * (240 / rate) ** 20);

describe('search', () => {
  it('doubles, narrows, pools around the root, and runs both ends', () => {
    const { trials, result } = drive(knee);
    expect(trials.filter(({ phase }) => phase === 'range').map(({ ratePerSecond }) => ratePerSecond)).toEqual([
      10, 20, 40, 80, 160, 320,
    ]);
    expect([...new Set(trials.map(({ phase }) => phase))]).toEqual(['range', 'narrow', 'pool', 'ends']);
    expect(result.end).toBe('bracket');
    const { low, high } = result.bracket!;
    expect(low).toBeLessThan(240);
    expect(high).toBeGreaterThan(240);
    expect(high / low - 1).toBeLessThan(0.06);
    for (const end of [low, high])
      expect(
        trials.some(
          ({ phase, ratePerSecond }) =>
            (phase === 'ends' || phase === 'pool') && Math.abs(ratePerSecond / end - 1) < 0.05 / 6 + 0.001,
        ),
      ).toBe(true);
  });

  it('goes down when the first rate is bad', () => {
    const { trials, result } = drive(knee, { ...SETTINGS, fromRate: 1000 });
    expect(trials.slice(0, 4).map(({ ratePerSecond }) => ratePerSecond)).toEqual([1000, 500, 250, 125]);
    expect(result.end).toBe('bracket');
  });

  it('is one-sided where even the lowest rate is bad, and where the highest is not', () => {
    expect(drive(() => 0.2).result).toMatchObject({ end: 'bad-at-lowest', bracket: undefined });
    const high = drive(() => 0, { ...SETTINGS, maxRate: 100 });
    expect(high.result).toMatchObject({ end: 'held-at-max', bracket: undefined });
    expect(high.trials.at(-1)).toEqual({ phase: 'pool', ratePerSecond: 100, seconds: 60 });
    for (const { ratePerSecond } of high.trials) expect(ratePerSecond).toBeLessThanOrEqual(100);
  });

  it('comes back from guides that were far off, in doubled steps', () => {
    const search = new CapacitySearch(SETTINGS);
    const rates: number[] = [];
    const tell = (share: number) =>
      search.observe({ share, estimate: Math.max(share, 0.0005), weight: 1000, tauSeconds: 0 }, 60);
    const rate = () => {
      const step = search.next(0);
      if ('done' in step) throw new Error('not yet');
      return step.run;
    };
    for (;;) {
      const { phase, ratePerSecond } = rate();
      if (phase === 'pool') break;
      tell(ratePerSecond < 20 ? 0 : 0.5); // a burst at 20/s
    }
    for (let index = 0; index < 4; index += 1) {
      rates.push(rate().ratePerSecond);
      tell(0);
    }
    const steps = rates.slice(1).map((value, index) => Math.log(value / rates[index]!));
    expect(steps[1]! / steps[0]!).toBeCloseTo(2, 6);
    expect(steps[2]! / steps[1]!).toBeCloseTo(2, 6);
  });

  it('gives no bracket whose ends do not show both sides', () => {
    // the pooled trials see a knee, but whatever is asked as an end is bad
    const search = new CapacitySearch(SETTINGS);
    let ends = 0;
    let result: SearchResult | undefined;
    for (let seconds = 0; result === undefined; ) {
      const step = search.next(seconds);
      if ('done' in step) result = step.done;
      else {
        const p = step.run.phase === 'ends' ? 0.2 : knee(step.run.ratePerSecond);
        if (step.run.phase === 'ends') ends += 1;
        search.observe({ share: p, estimate: p, weight: 2000, tauSeconds: 0.1 }, step.run.seconds);
        seconds += step.run.seconds + 3;
      }
    }
    expect(ends).toBeGreaterThan(0);
    expect(result.end).toBe('budget');
  });

  it('says what a slow system needs when time is up', () => {
    const { result } = drive((rate) => 1 / (1 + 19 * (240 / rate) ** 3), { ...SETTINGS, width: 0.01 }, 100);
    expect(result.end).toBe('budget');
    expect(result.secondsNeeded).toBeGreaterThan(900);
    expect(result.bracket!.high / result.bracket!.low - 1).toBeGreaterThan(0.01);
  });

  it('makes trials longer for a long memory, and says when they were too short', () => {
    const search = new CapacitySearch(SETTINGS);
    let longest = 0;
    for (let seconds = 0; ; ) {
      const step = search.next(seconds);
      if ('done' in step) {
        expect(step.done.shortTrials).toBe(true);
        break;
      }
      longest = Math.max(longest, step.run.seconds);
      const p = knee(step.run.ratePerSecond);
      search.observe({ share: p, estimate: p, weight: 50, tauSeconds: 10 }, step.run.seconds);
      seconds += step.run.seconds;
    }
    expect(longest).toBeGreaterThan(120);
    expect(longest).toBeLessThanOrEqual(200);
  });
});

describe('settings', () => {
  const code = (change: Partial<SearchSettings>) => {
    try {
      new CapacitySearch({ ...SETTINGS, ...change });
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return undefined;
  };

  it('are refused one by one', () => {
    expect(code({})).toBeUndefined();
    expect([0, 1, -1, Number.NaN].map((objectiveShare) => code({ objectiveShare }))).toEqual(
      new Array(4).fill('CAPACITY_SHARE'),
    );
    expect(code({ fromRate: 10_000 })).toBe('CAPACITY_RATES');
    expect(code({ fromRate: 0 })).toBe('CAPACITY_RATES');
    expect(code({ width: 0 })).toBe('CAPACITY_WIDTH');
    expect(code({ confidence: 1 })).toBe('CAPACITY_CONFIDENCE');
    expect(code({ budgetSeconds: 239 })).toBe('CAPACITY_BUDGET');
  });
});
