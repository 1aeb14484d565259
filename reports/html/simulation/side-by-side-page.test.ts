import { describe, expect, it } from 'vitest';
import { sampleSimulation } from '../../model/samples/sample-simulation.ts';
import type { ComparedPolicy } from '../../model/simulation/side-by-side.ts';
import { renderSideBySidePage } from './side-by-side-page.ts';

const sample = sampleSimulation();
const policy = (name: string, changes: Partial<typeof sample> = {}): ComparedPolicy => ({
  ...{ policy: name, unit: 'folder deploy', refused: null },
  document: { ...sample, ...changes },
});
const today = { curves: sample.curves.slice(0, 1), recommendation: null, patch: null };
const count = (page: string, part: string) => page.split(part).length - 1;

describe('the page of several policies', () => {
  it('has a curve for each, on the same axes, with the recommended one where there is one; the same bytes again', () => {
    const both = [policy('shop'), policy('cart', today)];
    const page = renderSideBySidePage(both);
    expect(renderSideBySidePage(both)).toBe(page);
    for (const id of ['mistakes', 'curves', 'decision', 'changes', 'assumed']) expect(page).toContain(`id="${id}"`);
    // wide and narrow: two policies, and one more curve for what is recommended
    expect(count(page, 'aria-label="Share of releases that are stopped')).toBe(4);
    expect(count(page, 'class="reach"')).toBe(6);
    expect(page).not.toMatch(/="[^"]*(?:NaN|undefined|Infinity)/);
  });

  it('begins with who is wrong most often', () => {
    const page = renderSideBySidePage([policy('shop', today), policy('cart', { ...today, falseStop: sample.miss! })]);
    expect(page).toMatch(/Good canaries are stopped most often by shop: in 20\u202f% of releases\./);
    expect(page).toMatch(/Bad ones \(5\u202f% errors\) are promoted most often by shop and 1 more: in 2\u202f%/);
  });

  it('every figure says in place what one mark is, and what would be bad, with its own figures', () => {
    const page = renderSideBySidePage([policy('shop'), policy('cart', { ...today, miss: sample.falseStop })]);
    const figures = page.match(/<figure class="panel">.*?<\/figure>/gs) ?? [];
    expect(figures).toHaveLength(4);
    for (const figure of figures) expect(figure).toMatch(/<b>One mark is<\/b> \w.*<b>Bad would be<\/b> \w/s);
    expect(figures[1]).toContain('Today at “good”, 20.0\u202f%; at “bad”, 98.0\u202f%.');
    expect(figures[2]).toContain('Today at “good”, 20.0\u202f%; at “bad”, 80.0\u202f%.');
  });

  it('a bar is as long as the policy is often wrong, and there is none where it never is', () => {
    const never = { ...sample.falseStop, p: 0, count: 0 };
    const page = renderSideBySidePage([policy('shop', today), policy('cart', { ...today, falseStop: never })]);
    expect(count(page, 'class="part"')).toBe(5);
    expect(count(page, '<rect class="part" width="20"')).toBe(1);
  });

  it('a policy that never stops the bad canary has a row and no mark', () => {
    const blind = { ...sample.bad!, timeToStop: null, promoted: { ...sample.falseStop, p: 1 } };
    const page = renderSideBySidePage([policy('shop', today), policy('cart', { ...today, bad: blind })]);
    const [, wide] = /id="decision".*?(<svg.*?<\/svg>)/s.exec(page) ?? [];
    expect(count(wide!, 'class="sim-range"')).toBe(1);
    expect(wide).toMatch(/>cart<\/text><text [^>]*>never<\/text>/);
  });

  it('is red where a limit is broken, undecided where a policy is unknown, and judges nothing without limits', () => {
    const limits = [{ name: 'max-false', limit: 0.5, verdict: 'passed' }] as const;
    const kept = { ...today, limits, verdict: 'passed' } as const;
    const unknown = {
      policy: 'job',
      unit: 'folder a',
      document: null,
      refused: { code: 'SIMULATION_PROVIDER', why: 'no' },
    };
    const strip = (all: readonly ComparedPolicy[]) =>
      /id="verdict" class="strip (\w+)"/.exec(renderSideBySidePage(all))?.[1];
    expect(strip([policy('shop', kept), policy('cart', kept)])).toBe('passed');
    expect(strip([policy('shop', kept), policy('cart', today)])).toBe('failed');
    expect(strip([policy('shop', kept), unknown])).toBe('inconclusive');
    expect(strip([policy('shop', { ...today, limits: [] }), unknown])).toBe('info');
    expect(renderSideBySidePage([policy('shop', kept), unknown])).toContain(
      '<li>job <span class="quiet">folder a</span>: <b>SIMULATION_PROVIDER</b> no</li>',
    );
  });

  it('without a bad canary only good ones are compared', () => {
    const inputs = { ...sample.inputs, bad: null, badCanary: null };
    const alone = { ...today, inputs, bad: null, miss: null, others: [], curves: [] };
    const page = renderSideBySidePage([policy('shop', alone), policy('cart', alone)]);
    for (const id of ['curves', 'decision', 'changes', 'left-out']) expect(page).not.toContain(`id="${id}"`);
    expect(count(page, '<th scope="col">')).toBe(2);
  });

  it('text of others neither runs nor loads', () => {
    const evil = '<script>alert(1)</script><img src=x>';
    const patch = { diff: '</code><img src=x>', byHand: [{ where: evil, field: evil, value: evil }] };
    const page = renderSideBySidePage([policy(evil, { patch }), policy('shop')]);
    expect(page).not.toMatch(/<script>alert|<img/);
  });
});
