import { describe, expect, it } from 'vitest';
import { POOL, scene, searchesOfQueues } from './find-capacity-fixture.ts';

searchesOfQueues();

const bracketOf = async (run: ReturnType<typeof scene>) => (await run.run()).report.capacity![0]!.bracket!;

describe('search', () => {
  it('finds a higher one for paced arrivals, and says that it is overstated', async () => {
    const paced = scene({ input: { arrivals: 'paced' }, system: { ...POOL, arrivals: 'paced' } });
    const product = await paced.run();
    const { bracket } = product.report.capacity![0]!;
    expect(bracket!.low).toBeGreaterThan(380);
    expect(bracket!.high).toBeGreaterThan(421);
    expect(product.report.findings).toMatchObject([{ code: 'CAPACITY_PACED' }]);
    expect(product.report.headline).toContain('overstate');
  });

  it('is the same for the same seed', async () => {
    expect(await bracketOf(scene())).toEqual(await bracketOf(scene()));
  });

  it('says whether stable could take everything back, which all of its pods do or do not', async () => {
    const outcomeOf = async (ratePerSecond: number, replicas: number, weightPercent: number) => {
      const peak = { ratePerSecond, headroom: 1, growth: undefined, takeBack: { replicas, weightPercent } };
      const { report } = await scene({ input: { peak } }).run();
      expect(report.capacity![0]!.answers.map(({ question }) => question)).toEqual(['headroom', 'take-back']);
      return [report.capacity![0]!.answers[0]!.outcome, report.capacity![0]!.answers[1]!.outcome, report.outcome];
    };
    expect(await outcomeOf(200, 4, 25)).toEqual(['passed', 'passed', 'passed']);
    expect(await outcomeOf(200, 4, 50)).toEqual(['passed', 'passed', 'passed']);
    expect(await outcomeOf(400, 4, 25)).toEqual(['failed', 'failed', 'failed']);
  });
});
