import { expect, test } from 'vitest';
import { quoteSentences } from '../../reports/model/simulation/simulation-words.ts';
import { referencePolicy, scenario } from './policy-fixture.ts';
import { quotePolicy } from './quote.ts';

// the controller of the design's table takes no time
const few = { ratePerSecond: 1, podReadyMs: 0, weightDelayMs: 0 };

test('a perfect canary at little traffic is stopped, and the intervals are those of the releases', () => {
  const quote = quotePolicy({ policy: referencePolicy('30s', 0), scenario: scenario(few), bad: undefined, seed: 1 });
  expect(quote).toMatchObject({ rollout: 'shop', goodErrorShare: 0, bad: '5 % errors', releases: 1000, seed: 1 });
  // the design's table: .713 at 1/s
  expect(quote.falseStop.low).toBeLessThan(0.713);
  expect(quote.falseStop.high).toBeGreaterThan(0.713);
  expect(quotePolicy({ policy: referencePolicy('30s', 0), scenario: scenario(few), bad: undefined, seed: 1 })).toEqual(
    quote,
  );
  const [sentence] = quoteSentences([quote]);
  expect(sentence).toMatch(
    /^shop at 1 request\/s: a perfect canary is stopped in [67]\d(\.\d)? % \([\d.–]+\) of releases, a canary with 5 % errors is promoted in [\d.]+ % \([\d.–]+\); 1,000 simulated releases of each, seed 1$/,
  );
});
