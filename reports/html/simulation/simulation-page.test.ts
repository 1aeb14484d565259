import { describe, expect, it } from 'vitest';
import { sampleSimulation } from '../../model/samples/sample-simulation.ts';
import { simulationMarkdown } from '../../text/simulation/simulation-markdown.ts';
import { unsureShares } from './curve-chart.ts';
import { renderSimulationPage } from './simulation-page.ts';

describe('the page of a simulation', () => {
  it('begins with the headlines, has all six pictures, and is the same bytes again', () => {
    const page = renderSimulationPage(sampleSimulation());
    expect(renderSimulationPage(sampleSimulation())).toBe(page);
    expect(page).toContain('A good canary (0.2 % errors) is rolled back in 20 % of releases: 10 % chance');
    for (const id of ['curve', 'search', 'times', 'causes', 'replay', 'change']) expect(page).toContain(`id="${id}"`);
    expect(page.match(/<svg class="chart"/g)).toHaveLength(10);
    expect(page).not.toMatch(/="[^"]*(?:NaN|undefined|Infinity)/);
  });

  it('leaves out what was not asked for', () => {
    const page = renderSimulationPage({
      ...sampleSimulation(),
      bad: null,
      miss: null,
      others: [],
      curves: [],
      replay: null,
      recommendation: null,
      patch: null,
      limits: [],
    });
    for (const id of ['curve', 'search', 'times', 'replay', 'change']) expect(page).not.toContain(`id="${id}"`);
    expect(page).toContain('id="causes"');
  });

  it('a legend names only what is drawn', () => {
    const sample = sampleSimulation();
    const badges = (page: string) => page.split('"badge sim-recommended"').length - 1;
    expect(badges(renderSimulationPage(sample))).toBe(3);
    const curves = sample.curves.filter(({ policy }) => policy === 'today');
    expect(badges(renderSimulationPage({ ...sample, curves, recommendation: null }))).toBe(0);
    const kept = { ...sample.recommendation!, verdict: 'keep' as const, recommended: null };
    expect(badges(renderSimulationPage({ ...sample, curves, recommendation: kept }))).toBe(0);
  });

  it('says what the axes are, and shades the zone as the curve of today', () => {
    const page = renderSimulationPage(sampleSimulation());
    for (const axis of ['true share of errors', 'bad answers a release', 'good canaries stopped'])
      expect(page.split(`>${axis}</text>`)).toHaveLength(3);
    expect(page).toContain('<rect class="sim-unsure"');
    expect(page).not.toContain('<rect class="accepted"');
  });

  it('text of others neither runs nor breaks a table', () => {
    const rollout = '<script>alert(1)</script>|`x`';
    const report = { ...sampleSimulation(), rollout, patch: { diff: '```\n</code><img src=x>', byHand: [] } };
    expect(renderSimulationPage(report)).not.toMatch(/<script>alert|<img/);
    const text = simulationMarkdown(report);
    expect(text).not.toMatch(/<script>alert/);
    expect(text).toContain('````diff');
  });
});

it('the zone in which a policy is unsure lies between the points that enclose it', () => {
  const point = (errorShare: number, p: number) => ({ errorShare, stopped: { count: 0, p, low: p, high: p } });
  const points = [point(0, 0), point(0.001, 0), point(0.01, 0.2), point(0.1, 1)];
  const [from, to] = unsureShares({ policy: 'today', points })!;
  expect(from).toBeCloseTo(0.001 * 10 ** 0.5, 9);
  expect(to).toBeCloseTo(0.01 * 10 ** 0.875, 9);
  expect(unsureShares({ policy: 'today', points: points.slice(0, 3) })).toBeUndefined();
});
