/**
 * Scrapes that fail and targets that disappear, against what Prometheus documents (querying basics, Staleness): a scrape
 * that no longer returns a series marks it as stale, an instant then finds no value; without a marker it is remembered for
 * five minutes; a window sees the samples that are there. Closed forms, and the oracle as the judge, which is held against
 * the real program.
 */

import { afterEach, describe, expect, it, vi } from 'vitest';
import { binomialTwoSidedPValue } from '../../stats/proportion.ts';
import { fewOf, thorough } from '../../testkit/runner/thorough.ts';
import { judgeRuns } from '../judge-runs-for-tests.ts';
import type { Policy } from '../policy.ts';
import { okShare, policy, scenario } from '../policy-fixture.ts';
import type { Scenario } from '../scenario.ts';
import { ScrapeTarget } from '../scraped-store.ts';
import { createSimulator, type Release } from '../simulate-release.ts';

const RUNS = 600;
const ALPHA = 1e-5;
const TOTAL = 'sum(istio_requests_total{reporter="destination",destination_version="v2"})';

function releases(of: Policy, meeting: Scenario, runs = RUNS): Release[] {
  const { simulate } = createSimulator(of, meeting, 20261130);
  return Array.from({ length: runs }, (_, run) => simulate(run));
}
const aborted = (all: readonly Release[]) => all.filter(({ outcome }) => outcome === 'aborted').length;
const agreesWith = (found: number, p: number) => binomialTwoSidedPValue(found, RUNS, p) >= ALPHA;

/** Ten measurements that share no scrape, of which none may be an Error. */
function strict(query: string, successCondition: string): Policy {
  const times = { interval: '31s', count: 10, initialDelay: '300s', consecutiveErrorLimit: 0 };
  return policy({ query, successCondition, ...times }, { steps: ['10'], asStep: true });
}

afterEach(() => vi.restoreAllMocks());

describe('lost scrapes', () => {
  const lost = scenario({ scrapeLoss: 0.02 });

  thorough('a window of two scrapes is empty when either fails; one of four when three do', () => {
    const two = releases(strict(okShare('30s'), 'result[0] >= 0.99'), lost);
    expect(agreesWith(aborted(two), 1 - 0.98 ** 20)).toBe(true);
    expect(two.every(({ outcome, cause }) => outcome === 'promoted' || cause === 'no-data')).toBe(true);
    const four = scenario({ scrapeIntervalMs: 7500, scrapeLoss: 0.2 });
    const empty = 0.2 ** 4 + 4 * 0.8 * 0.2 ** 3;
    expect(
      agreesWith(aborted(releases(strict(okShare('30s'), 'result[0] >= 0.99'), four)), 1 - (1 - empty) ** 10),
    ).toBe(true);
  });

  thorough('an instant is empty when the last scrape failed; control: without markers it is remembered', () => {
    const of = strict(TOTAL, 'result[0] > 0');
    expect(agreesWith(aborted(releases(of, lost)), 1 - 0.98 ** 10)).toBe(true);
    vi.spyOn(ScrapeTarget.prototype, 'fail').mockImplementation(() => undefined);
    expect(aborted(releases(of, lost))).toBe(0);
  });

  it('what fails at a lower share fails at a higher one, so stops never fall, run by run', () => {
    const of = strict(okShare('30s'), 'result[0] >= 0.99');
    const [few, many] = [0.01, 0.03].map((scrapeLoss) => releases(of, scenario({ scrapeLoss })));
    const spared = few!.filter(({ outcome }, run) => outcome === 'aborted' && many![run]!.outcome !== 'aborted');
    expect(spared).toEqual([]);
    expect(aborted(many!)).toBeGreaterThan(aborted(few!));
  });

  const times = { interval: '7s', failureLimit: 1000, consecutiveErrorLimit: 1000, successCondition: 'result[0] > 0' };
  const often = scenario({ scrapeLoss: 0.3, ratePerSecond: 3, canaryErrors: 0.1 });

  it.each(
    fewOf(2, [
      okShare('1m'),
      TOTAL,
      `max_over_time(${TOTAL}[2m:20s])`,
      'sum(irate(istio_requests_total{reporter="destination",destination_version="v2"}[2m]))',
      'sum(istio_requests_total{reporter="destination",destination_version="stable"} offset 30s)',
    ]),
  )('the oracle gives the same answers over gaps: %s', (query) => {
    const judged = judgeRuns(policy({ query, ...times }), often, 5, 8);
    expect(judged.measurements).toBeGreaterThan(300);
    expect(judged.differences).toEqual([]);
  });

  it('control: the oracle notices markers that are not looked at', () => {
    vi.spyOn(ScrapeTarget.prototype, 'isStale').mockReturnValue(false);
    expect(judgeRuns(policy({ query: TOTAL, ...times }), often, 5, 8).differences.length).toBeGreaterThan(10);
  });
});

describe('outages', () => {
  const conditions = { successCondition: 'result[0] >= 0.99', interval: '30s', failureLimit: 2 };
  const guarded = policy({
    ...conditions,
    query: okShare('2m'),
    successCondition: 'len(result) == 0 || result[0] >= 0.99',
  });
  const plain = policy({ ...conditions, query: okShare('2m') });
  const gone = (of: 'canary' | 'stable' | 'prometheus', lastsMs: number) =>
    scenario({ outage: { of, fromMs: 120_000, untilMs: 120_000 + lastsMs } });

  it('a canary that nobody scrapes is an Error, and with a guard against empty answers it is promoted', () => {
    const fault = { errorShare: 1, fromMs: 120_000 };
    const unseen = scenario({ outage: { of: 'canary', fromMs: 120_000 } });
    const bad = { ...unseen, canary: { ...unseen.canary, fault } };
    const all = releases(plain, bad, 30);
    // two scrapes in two minutes until 105 s after the last one; then five Errors, 10 s apart
    for (const { verdict, sinceFaultMs } of all) {
      expect(verdict).toBe('Error');
      expect(sinceFaultMs).toBeGreaterThan(105_000 - 15_000 + 40_000);
      expect(sinceFaultMs).toBeLessThan(105_000 + 30_000 + 41_000);
    }
    expect(aborted(releases(guarded, bad, 30))).toBe(0);
    expect(aborted(releases(guarded, { ...bad, outage: undefined }, 30))).toBe(30);
    expect(aborted(releases(plain, gone('stable', 300_000), 30))).toBe(0);
  });

  it('an absent Prometheus is an Error every 10 s: four of them are borne, a guard does not help against five', () => {
    for (const watching of [plain, guarded]) {
      expect(aborted(releases(watching, gone('prometheus', 39_000), 100))).toBe(0);
      const all = releases(watching, gone('prometheus', 72_000), 100);
      expect(all.map(({ verdict }) => verdict)).toEqual(all.map(() => 'Error'));
    }
  });

  it('Prometheus remembers for five minutes what it scraped before it was away, and nothing of a target that failed', () => {
    // the pods are there after 5 s, so it is measured at 182 s, after the outage and before the scrape of 185 s
    const once = policy(
      { query: TOTAL, successCondition: 'result[0] > 0', initialDelay: '177s', count: 1, consecutiveErrorLimit: 0 },
      { steps: ['10'], asStep: true },
    );
    const phase = { scrapePhaseMs: 0 };
    const during = (of: 'canary' | 'prometheus', fromMs: number) =>
      releases(once, scenario({ ...phase, outage: { of, fromMs, untilMs: 180_500 } }), 3).map(({ outcome }) => outcome);
    expect(during('prometheus', 120_000)).toEqual(['promoted', 'promoted', 'promoted']);
    expect(during('canary', 120_000)).toEqual(['aborted', 'aborted', 'aborted']);
    const late = policy(
      { query: TOTAL, successCondition: 'result[0] > 0', initialDelay: '477s', count: 1, consecutiveErrorLimit: 0 },
      { steps: ['10'], asStep: true },
    );
    const [{ outcome } = { outcome: undefined }] = releases(
      late,
      scenario({ ...phase, outage: { of: 'prometheus', fromMs: 120_000, untilMs: 480_500 } }),
      1,
    );
    expect(outcome).toBe('aborted');
  });
});

it.each([
  [{ scrapeLoss: 1 }, 'SIMULATION_SCRAPE_LOSS'],
  [{ scrapeLoss: -0.1 }, 'SIMULATION_SCRAPE_LOSS'],
  [{ outage: { of: 'canary', fromMs: 5, untilMs: 5 } }, 'SIMULATION_OUTAGE'],
  [{ outage: { of: 'canary', fromMs: -1 } }, 'SIMULATION_OUTAGE'],
] as const)('%j is refused', async (changes, code) => {
  const { checkScenario } = await import('../scenario.ts');
  expect(() => checkScenario(scenario(changes))).toThrow(expect.objectContaining({ code }));
});
