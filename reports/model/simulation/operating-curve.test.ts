import { describe, expect, it } from 'vitest';
import { simulationMarkdown } from '../../text/simulation/simulation-markdown.ts';
import { sampleSimulation } from '../samples/sample-simulation.ts';
import { curveTable } from './operating-curve.ts';
import type { CurvePoint } from './release-figures.ts';

const point = (errorShare: number, p: number): CurvePoint => ({
  errorShare,
  stopped: { count: p * 100, p, low: p / 2, high: 1 },
});
const today = { policy: 'today' as const, points: [point(0, 0.01), point(0.002, 0.2), point(0.05, 0.9)] };

describe('operating curves', () => {
  it('stand side by side, each row of one error share, whatever order the policies have', () => {
    const recommended = { policy: 'recommended' as const, points: [point(0.05, 1), point(0.002, 0.004)] };
    const [header, ...rows] = curveTable({ ...sampleSimulation(), curves: [recommended, today] });
    expect(header).toEqual(['true errors', 'stopped today', 'stopped, recommended']);
    expect(rows).toEqual([
      ['0 %', '1 % (0.5–100)', ''],
      ['0.2 % (good)', '20 % (10–100)', '0.4 % (0.2–100)'],
      ['5 % (bad)', '90 % (45–100)', '100 % (50–100)'],
    ]);
  });

  it('today alone has no column for what was not recommended, and no curve is no table', () => {
    expect(curveTable({ ...sampleSimulation(), curves: [today] })[1]).toEqual(['0 %', '1 % (0.5–100)']);
    expect(curveTable({ ...sampleSimulation(), curves: [] })).toEqual([]);
  });

  it('a pull request shows them folded away', () => {
    const text = simulationMarkdown({ ...sampleSimulation(), curves: [today] });
    expect(text).toContain('| 0.2 % (good) | 20 % (10–100) |');
    expect(simulationMarkdown({ ...sampleSimulation(), curves: [] })).not.toContain('by true error share');
  });
});
